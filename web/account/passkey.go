package account

import (
	"keur/accounts/passkeys"
	"keur/web/desk"
)

// newPasskeyView has the user's device make a key.
type newPasskeyView struct{ Name, Asked string }

// askPasskey asks the user's device for a key, which takes a proof first.
func (s *Screen) askPasskey(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	err = s.Passkeys.Usable(x.Request.Host)
	if err == nil {
		var asked passkeys.Asked
		if asked, err = s.Passkeys.AskNew(x.Context(), x.User, desk.Session(x)); err == nil {
			return x.Show("account/passkey", newPasskeyView{f.Field("name"), string(asked.Options)})
		}
	}
	return s.accountDone(x, "passkey", f, err, "")
}

// addPasskey keeps the key that the device made.
func (s *Screen) addPasskey(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	err = s.Passkeys.Add(x.Context(), x.User, desk.Session(x), f.Field("name"), []byte(f.Get("passkey")))
	return s.accountDone(x, "passkey", f, err, x.Say.T("account.passkey_made"))
}

func (s *Screen) removePasskey(x *desk.Exchange) error {
	id, err := x.ID("passkey")
	if err != nil {
		return err
	}
	if err := s.Passkeys.Remove(x.Context(), x.User.ID, passkeys.ID(id)); err != nil {
		return desk.Hidden(err)
	}
	x.Flash(x.Say.T("account.passkey_removed"))
	return x.GoTo("/account")
}
