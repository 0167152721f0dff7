package web

import (
	"net/http"

	"keur/accounts"
)

// forgottenView asks for the address, or says that a mail is under way.
type forgottenView struct {
	signInView
	Asked bool
}

func (v *visit) askForgotten() error {
	return v.show("signin_forgotten", forgottenView{signInView: signInView{Back: ownPath(v.Query("back"))}})
}

// forgotPassword says the same whether or not somebody here has the address.
func (v *visit) forgotPassword() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	view, status := forgottenView{signInView: signInView{Back: ownPath(f.Get("back"))}, Asked: true}, http.StatusOK
	if err := v.Gate.ForgotPassword(v.ctx(), f.Field("email"), v.origin()); err != nil {
		if err := v.refused(&f, err); err != nil {
			return err
		}
		view.Asked, status = false, http.StatusUnprocessableEntity
	}
	view.Form = f
	return v.answer(status, "signin_forgotten", view)
}

// resetView asks whom a link by mail was sent to for a new password.
type resetView struct {
	Form form
	Who  accounts.User
	Dead bool // the link was used, or is too old
}

func (v *visit) askReset() error { return v.showReset(http.StatusOK, form{}) }

func (v *visit) showReset(status int, f form) error {
	u, err := v.Gate.ByPasswordToken(v.ctx(), v.Param("token"))
	if accounts.Why(err) == accounts.DeadLink {
		return v.answer(http.StatusForbidden, "signin_reset", resetView{Dead: true})
	}
	if err != nil {
		return err
	}
	v.Say = v.book.In(u.Locale) // as the mail did
	return v.answer(status, "signin_reset", resetView{Form: f, Who: u})
}

// resetPassword sets the password. It signs nobody in: that takes the new
// password and, for who set one up, a code.
func (v *visit) resetPassword() error {
	f, err := v.readForm()
	if err != nil {
		return err
	}
	_, err = v.Gate.SetPasswordByToken(v.ctx(), v.Param("token"), f.Get("password"), v.origin())
	if err == nil {
		v.announce(v.Say.T("signin.new_password"))
		return v.to("/signin")
	}
	if err := v.refused(&f, err); err != nil {
		return err
	}
	return v.showReset(http.StatusUnprocessableEntity, f)
}
