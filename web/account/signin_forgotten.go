package account

import (
	"net/http"

	"keur/accounts"
	"keur/web/desk"
)

// forgottenView asks for the address, or says that a mail is under way.
type forgottenView struct {
	signInView
	Asked bool
}

func (s *signin) askForgotten(x *desk.Exchange) error {
	return x.Show("account/signin_forgotten", forgottenView{signInView: signInView{Back: desk.OwnPath(x.Query("back"))}})
}

// forgotPassword says the same whether or not somebody here has the address.
func (s *signin) forgotPassword(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	view, status := forgottenView{signInView: signInView{Back: desk.OwnPath(f.Get("back"))}, Asked: true}, http.StatusOK
	if err := s.SignIns.ForgotPassword(x.Context(), f.Field("email"), desk.Origin(x)); err != nil {
		if err := desk.Refused(x, &f, err); err != nil {
			return err
		}
		view.Asked, status = false, http.StatusUnprocessableEntity
	}
	view.Form = f
	return x.Answer(status, "account/signin_forgotten", view)
}

// resetView asks whom a link by mail was sent to for a new password.
type resetView struct {
	Form desk.Form
	User accounts.User
	Dead bool // the link was used, or is too old
}

func (s *signin) askReset(x *desk.Exchange) error { return s.showReset(x, http.StatusOK, desk.Form{}) }

func (s *signin) showReset(x *desk.Exchange, status int, f desk.Form) error {
	u, err := s.SignIns.ByPasswordToken(x.Context(), x.Param("token"))
	if accounts.Why(err) == accounts.DeadLink {
		return x.Answer(http.StatusForbidden, "account/signin_reset", resetView{Dead: true})
	}
	if err != nil {
		return err
	}
	x.Say = desk.Book(x).In(u.Locale) // as the mail did
	return x.Answer(status, "account/signin_reset", resetView{Form: f, User: u})
}

// resetPassword sets the password. It signs nobody in: that takes the new
// password and, for who set one up, a code.
func (s *signin) resetPassword(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	_, err = s.SignIns.SetPasswordByToken(x.Context(), x.Param("token"), f.Get("password"), desk.Origin(x))
	if err == nil {
		x.Flash(x.Say.T("signin.new_password"))
		return x.GoTo("/signin")
	}
	if err := desk.Refused(x, &f, err); err != nil {
		return err
	}
	return s.showReset(x, http.StatusUnprocessableEntity, f)
}
