package web

import (
	"html/template"
	"net/http"

	"keur/accounts"
	"keur/internal/fault"
)

// enrolView is an authenticator that is being set up.
type enrolView struct {
	Form   form
	Secret string
	QR     template.HTML
}

// enrol makes a secret, which waits for its first code.
func (v *visit) enrol() error {
	if _, err := v.Factors.Enrol(v.ctx(), v.User.ID); err != nil {
		return err
	}
	return v.to("/account/authenticator")
}

func (v *visit) authenticator() error { return v.showAuthenticator(http.StatusOK, form{}) }

func (v *visit) showAuthenticator(status int, f form) error {
	e, err := v.Factors.Enrolling(v.ctx(), v.User.ID)
	if fault.Is(err, fault.NotFound) {
		return v.to("/account")
	}
	if err != nil {
		return err
	}
	return v.answer(status, "account_factor", enrolView{Form: f, Secret: inFours(e.Secret), QR: template.HTML(e.QR)}) // our own drawing
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
func (v *visit) confirmAuthenticator() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	codes, err := v.Factors.Confirm(v.ctx(), v.User.ID, f.Field("code"))
	if err == nil {
		return v.show("account_codes", codes)
	}
	if fault.Is(err, fault.NotFound) { // it was switched off in another tab
		return v.to("/account")
	}
	if err := v.refused(&f, err); err != nil {
		return err
	}
	return v.showAuthenticator(http.StatusUnprocessableEntity, f)
}

func (v *visit) renewCodes() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	codes, err := v.Factors.RenewRecoveryCodes(v.ctx(), v.User.ID, f.Get("password"))
	if err != nil {
		return v.accountDone("codes", f, err, "")
	}
	return v.show("account_codes", codes)
}

func (v *visit) switchOffAuthenticator() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	return v.accountDone("off", f, v.Factors.Disable(v.ctx(), v.User.ID, f.Get("password")), v.Say.T("account.factor_off"))
}

// agent names the browser of a session, or says that it isn't known.
func (v accountView) Agent(s accounts.Session, unknown string) string {
	if agent := s.Agent(); agent != "" {
		return agent
	}
	return unknown
}
