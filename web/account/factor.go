package account

import (
	"html/template"
	"net/http"

	"keur/accounts"
	"keur/internal/fault"
	"keur/web/desk"
)

// enrolView is an authenticator that is being set up.
type enrolView struct {
	Form   desk.Form
	Secret string
	QR     template.HTML
}

// enrol makes a secret, which waits for its first code.
func (s *Screen) enrol(x *desk.Exchange) error {
	if _, err := s.Factors.Enrol(x.Context(), x.User.ID); err != nil {
		return err
	}
	return x.GoTo("/account/authenticator")
}

func (s *Screen) authenticator(x *desk.Exchange) error {
	return s.showAuthenticator(x, http.StatusOK, desk.Form{})
}

func (s *Screen) showAuthenticator(x *desk.Exchange, status int, f desk.Form) error {
	e, err := s.Factors.Enrolling(x.Context(), x.User.ID)
	if fault.Is(err, fault.NotFound) {
		return x.GoTo("/account")
	}
	if err != nil {
		return err
	}
	return x.Answer(status, "account/factor", enrolView{Form: f, Secret: inFours(e.Secret), QR: template.HTML(e.QR)}) // our own drawing
}

// inFours writes a secret as one reads it out.
func inFours(secret string) string {
	out := ""
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

// confirmAuthenticator takes the first code and shows the recovery codes, this
// once.
func (s *Screen) confirmAuthenticator(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	codes, err := s.Factors.Confirm(x.Context(), x.User.ID, f.Field("code"))
	if err == nil {
		return x.Show("account/codes", codes)
	}
	if fault.Is(err, fault.NotFound) { // it was switched off in another tab
		return x.GoTo("/account")
	}
	if err := desk.Refused(x, &f, err); err != nil {
		return err
	}
	return s.showAuthenticator(x, http.StatusUnprocessableEntity, f)
}

func (s *Screen) renewCodes(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	codes, err := s.Factors.RenewRecoveryCodes(x.Context(), x.User.ID, f.Get("password"))
	if err != nil {
		return s.accountDone(x, "codes", f, err, "")
	}
	return x.Show("account/codes", codes)
}

func (s *Screen) switchOffAuthenticator(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	return s.accountDone(x, "off", f, s.Factors.Disable(x.Context(), x.User.ID, f.Get("password")), x.Say.T("account.factor_off"))
}

// agent names the browser of a session, or says that it isn't known.
func (v accountView) Agent(session accounts.Session, unknown string) string {
	if agent := session.Agent(); agent != "" {
		return agent
	}
	return unknown
}
