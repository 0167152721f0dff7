package web

import (
	"time"

	"keur/mailings"
)

// momentView is when the mailing goes out.
type momentView struct {
	mailingView
	At time.Time // of a mailing that goes out once; zero when that isn't set
}

func (v *visit) mailingMoment() error {
	view, err := v.openMailing("moment")
	if err != nil {
		return err
	}
	moment := momentView{mailingView: view}
	if s := view.Work.Brief.Schedule; s.Kind == mailings.Once && !s.At.IsZero() {
		moment.At = s.At.In(view.Zone)
	}
	return v.show("mailing_moment", moment)
}
