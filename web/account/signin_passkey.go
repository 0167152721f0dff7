package account

import (
	"net/http"

	"keur/web/desk"
)

// passkeyView asks a device to sign in whom its key belongs to.
type passkeyView struct {
	signInView
	Asked string // what it is asked to sign
}

func (s *signin) askPasskey(x *desk.Exchange) error {
	return s.showPasskey(x, http.StatusOK, desk.Form{}, desk.OwnPath(x.Query("back")))
}

func (s *signin) showPasskey(x *desk.Exchange, status int, f desk.Form, back string) error {
	view := passkeyView{signInView: signInView{Form: f, Back: back}}
	err := s.Passkeys.Usable(x.Request.Host)
	if err == nil {
		asked, e := s.Passkeys.AskSignIn(x.Context(), desk.Origin(x))
		view.Asked, err = string(asked.Options), e
	}
	if err != nil {
		f = desk.NewForm(x.Say)
		if err := desk.Refused(x, &f, err); err != nil {
			return err
		}
		return s.showSignIn(x, http.StatusUnprocessableEntity, f, back)
	}
	return x.Answer(status, "account/signin_passkey", view)
}

// signInByPasskey begins a session for whose device signed.
func (s *signin) signInByPasskey(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	back := desk.OwnPath(f.Get("back"))
	in, err := s.Passkeys.SignIn(x.Context(), []byte(f.Get("passkey")), desk.Origin(x))
	if err == nil {
		return s.begin(x, in, back)
	}
	if err := desk.Refused(x, &f, err); err != nil {
		return err
	}
	return s.showPasskey(x, http.StatusUnprocessableEntity, f, back)
}
