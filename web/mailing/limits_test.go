package mailing_test

import (
	"net/url"
	"strings"
	"testing"

	"keur/mailings/schedules"
	"keur/web/webtest"
)

// Where an empty field means no limit, or the usual one, 0 doesn't: it is refused
// beside its field, what was stored stays, and the rest of the form is saved.
func TestZeroIsNoLimitThatNobodyTyped(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 3)
	m, _ := d.Draft(t, d.Brief(t, webtest.Slot))
	planner, path := d.As("planner"), webtest.MailingPath(m.ID)
	save := func(step string, fields url.Values) string {
		t.Helper()
		form := planner.Form(path + step)
		for name, values := range fields {
			form[name] = values
		}
		send := planner.Post
		if step == "/content" {
			send = planner.Multipart
		}
		return send(path+step, form).Body
	}
	said := "Give a whole number from 1 on"
	save("/audience", url.Values{"cap": {"2"}})
	if page := save("/audience", url.Values{"cap": {"0"}, "holdout": {"5"}}); !strings.Contains(page, said) {
		t.Error("at most 0 members: nothing is said")
	}
	if a := d.Working().Brief.Audience; a.Cap != 2 || a.HoldoutPercent != 5 {
		t.Errorf("saved at most %d members, and a holdout of %v%%", a.Cap, a.HoldoutPercent)
	}
	for _, name := range []string{"per_minute", "grace", "lapse"} {
		save("/moment", url.Values{name: {"7"}})
		if page := save("/moment", url.Values{name: {"0"}, "member_local": {"yes"}}); !strings.Contains(page, said) {
			t.Errorf("%s of 0: nothing is said", name)
		}
		if s := d.Working().Brief.Schedule; s.PerMinute+s.Grace+s.Lapse != 7 || !s.MemberLocal {
			t.Errorf("%s of 0: saved %+v", name, s)
		}
		save("/moment", url.Values{name: {""}, "member_local": nil})
	}
	save("/moment", url.Values{"kind": {"series"}, "days": {"0"}, "step_time": {"09:30"}, "from": {"2026-12-01"}})
	if s := d.Working().Brief.Schedule; s.Kind != schedules.Series || s.Step == nil || s.Step.Days != 0 || s.Step.Time != "09:30" {
		t.Errorf("the day of joining itself: %+v", s)
	}
	save("/content", url.Values{"do": {"add-subject"}})
	if page := save("/content", url.Values{"weight:a": {"0"}, "preheader": {"Anders"}}); !strings.Contains(page, said) {
		t.Error("a weight of 0: nothing is said")
	}
	if b := d.Working().Brief; b.Preheader != "Anders" || b.Subjects[0].Weight != 1 {
		t.Errorf("a weight of 0: saved %q %+v", b.Preheader, b.Subjects)
	}
}
