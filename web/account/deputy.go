package account

import (
	"time"

	"keur/accounts"
	"keur/internal/fault"
	"keur/mailings/schedules"
	"keur/web/desk"
)

// Mine reports whether the absence is the user's own, and not one in which they
// stand in.
func (v accountView) Mine(d accounts.Deputy, user accounts.UserID) bool { return d.UserID == user }

// nameDeputy notes who stands in for the user, by the clock of the label that
// they looked at last.
func (s *Screen) nameDeputy(x *desk.Exchange) error {
	f, err := desk.ReadForm(x)
	if err != nil {
		return err
	}
	from, errFrom := instant(f.Field("from"), desk.LastZone(x))
	until, errUntil := instant(f.Field("until"), desk.LastZone(x))
	if errFrom != nil || errUntil != nil {
		err = fault.At("until", "accounts.deputy_times")
	} else {
		_, err = s.Deputies.Name(x.Context(), x.User.ID, accounts.UserID(f.Number("deputy")), from, until)
	}
	return s.accountDone(x, "deputy", f, err, x.Say.T("account.deputy_named"))
}

func instant(text string, zone *time.Location) (time.Time, error) {
	local, err := schedules.ParseLocalTime(text)
	return local.In(zone), err
}

// endDeputy is for who is back earlier.
func (s *Screen) endDeputy(x *desk.Exchange) error {
	id, err := x.ID("absence")
	if err != nil {
		return err
	}
	if err := s.Deputies.End(x.Context(), x.User.ID, accounts.DeputyID(id)); err != nil {
		return err
	}
	x.Flash(x.Say.T("account.deputy_ended"))
	return x.GoTo("/account")
}
