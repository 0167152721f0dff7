package web

import (
	"fmt"
	"strconv"

	"keur/internal/civil"
	"keur/labels"
)

// labelForm is the form as a label fills it in.
func (v *visit) labelForm(l labels.Label) form {
	f := newForm(v.Say)
	for name, value := range map[string]string{
		"code": l.Code, "name": l.Name, "locale": l.Locale, "time_zone": l.TimeZone, "public_url": l.PublicURL,
		"bounce_domain": l.BounceDomain, "list_id": l.ListID, "imprint_name": l.ImprintName, "imprint_address": l.ImprintAddress,
		"accent": l.Accent, "version": strconv.Itoa(l.Version),
	} {
		f.Set(name, value)
	}
	if l.SMTPRouteID != nil {
		f.Set("route", itoa(*l.SMTPRouteID))
	}
	if l.QuietFrom != nil {
		f.Set("quiet_from", l.QuietFrom.String())
		f.Set("quiet_until", l.QuietUntil.String())
	}
	for _, s := range l.Senders {
		f.Add("sender_name", s.Name)
		f.Add("sender_address", s.Address)
		f.Add("sender_reply_to", s.ReplyTo)
	}
	for _, s := range l.Seeds {
		f.Add("seed_address", s.Address)
		f.Add("seed_name", s.Name)
	}
	for _, b := range l.BlackoutDates {
		f.Add("blackout_day", b.Day.String())
		f.Add("blackout_reason", b.Reason)
	}
	f.setCaps(l.Caps)
	return f
}

// readLabel reads the form into the label and notes what can't be read.
func readLabel(f *form, l *labels.Label) {
	l.Name, l.Locale, l.TimeZone, l.Accent = f.Field("name"), f.Field("locale"), f.Field("time_zone"), f.Field("accent")
	l.PublicURL, l.BounceDomain, l.ListID = f.Field("public_url"), f.Field("bounce_domain"), f.Field("list_id")
	l.ImprintName, l.ImprintAddress = f.Field("imprint_name"), plainLines(f.Field("imprint_address"))
	l.SMTPRouteID = nil
	if id := f.number("route"); id > 0 {
		route := labels.RouteID(id)
		l.SMTPRouteID = &route
	}
	l.QuietFrom, l.QuietUntil = readTime(f, "quiet_from"), readTime(f, "quiet_until")
	l.Senders, l.Seeds, l.BlackoutDates = nil, nil, nil
	for i := range f.rows("sender_name", "sender_address", "sender_reply_to") {
		l.Senders = append(l.Senders, labels.Sender{
			Name: nth(*f, "sender_name", i), Address: nth(*f, "sender_address", i), ReplyTo: nth(*f, "sender_reply_to", i),
		})
	}
	for i := range f.rows("seed_address", "seed_name") {
		l.Seeds = append(l.Seeds, labels.Seed{Address: nth(*f, "seed_address", i), Name: nth(*f, "seed_name", i)})
	}
	for i := range f.rows("blackout_day", "blackout_reason") {
		day, err := civil.ParseDate(nth(*f, "blackout_day", i))
		if err != nil {
			f.refuse(fmt.Sprintf("blackout_dates[%d].day", i), f.say.T("labels.no_day"))
		}
		l.BlackoutDates = append(l.BlackoutDates, labels.Blackout{Day: day, Reason: nth(*f, "blackout_reason", i)})
	}
	l.Caps = f.readCaps()
}

// readTime reads a time of day; none is nil.
func readTime(f *form, name string) *civil.Time {
	if f.Field(name) == "" {
		return nil
	}
	t, err := civil.ParseTime(f.Field(name))
	if err != nil {
		f.refuse(name, f.say.T("labels.no_time"))
		return nil
	}
	return &t
}

func (f *form) setCaps(caps []labels.Cap) {
	for _, c := range caps {
		f.Add("cap_scope", string(c.Scope))
		f.Add("cap_days", strconv.Itoa(c.Days))
		f.Add("cap_at_most", strconv.Itoa(c.AtMost))
	}
}

// readCaps reads the lines of caps; one without numbers is left out.
func (f *form) readCaps() []labels.Cap {
	for i, scope := range f.Values["cap_scope"] { // a choice is never empty, so its line may be
		if nth(*f, "cap_days", i) == "" && nth(*f, "cap_at_most", i) == "" {
			f.Values["cap_scope"][i] = ""
		} else {
			f.Values["cap_scope"][i] = scope
		}
	}
	caps := []labels.Cap{}
	for i := range f.rows("cap_scope", "cap_days", "cap_at_most") {
		days, errDays := strconv.Atoi(nth(*f, "cap_days", i))
		most, errMost := strconv.Atoi(nth(*f, "cap_at_most", i))
		if errDays != nil || errMost != nil {
			f.refuse(fmt.Sprintf("caps[%d]", i), f.say.T("labels.no_number"))
		}
		caps = append(caps, labels.Cap{Scope: labels.Scope(nth(*f, "cap_scope", i)), Days: days, AtMost: most})
	}
	return caps
}
