package settings

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"keur/internal/civil"
	"keur/internal/typed"
	"keur/labels"
	"keur/web/desk"
)

// labelForm is the form as a label fills it in.
func (s *labelPages) labelForm(x *desk.Exchange, l labels.Label) desk.Form {
	f := desk.NewForm(x.Say)
	for name, value := range map[string]string{
		"code": l.Code, "name": l.Name, "locale": l.Locale, "time_zone": l.TimeZone, "public_url": l.PublicURL,
		"bounce_domain": l.BounceDomain, "list_id": l.ListID, "imprint_name": l.ImprintName, "imprint_address": l.ImprintAddress,
		"accent": l.Accent, "own_domains": strings.Join(l.OwnDomains, " "), "version": strconv.Itoa(l.Version),
	} {
		f.Set(name, value)
	}
	if l.MoneyHidden {
		f.Set("money_hidden", "yes")
	}
	if l.SMTPRouteID != nil {
		f.Set("route", desk.Itoa(*l.SMTPRouteID))
	}
	if l.QuietFrom != nil {
		f.Set("quiet_from", l.QuietFrom.String())
		f.Set("quiet_until", l.QuietUntil.String())
	}
	for _, sender := range l.Senders {
		f.Add("sender_name", sender.Name)
		f.Add("sender_address", sender.Address)
		f.Add("sender_reply_to", sender.ReplyTo)
	}
	for _, seed := range l.Seeds {
		f.Add("seed_address", seed.Address)
		f.Add("seed_name", seed.Name)
	}
	for _, b := range l.BlackoutDates {
		f.Add("blackout_day", b.Day.String())
		f.Add("blackout_reason", b.Reason)
	}
	setCaps(&f, l.Caps)
	return f
}

// readLabel reads the form into the label and notes what can't be read.
func readLabel(f *desk.Form, l *labels.Label) {
	l.Name, l.Locale, l.TimeZone, l.Accent = f.Field("name"), f.Field("locale"), f.Field("time_zone"), f.Field("accent")
	l.PublicURL, l.BounceDomain, l.ListID = f.Field("public_url"), f.Field("bounce_domain"), f.Field("list_id")
	l.ImprintName, l.ImprintAddress = f.Field("imprint_name"), plainLines(f.Field("imprint_address"))
	l.OwnDomains = strings.FieldsFunc(strings.ToLower(f.Field("own_domains")),
		func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
	l.SMTPRouteID, l.MoneyHidden = nil, f.Get("money_hidden") != ""
	if id := f.Number("route"); id > 0 {
		route := labels.RouteID(id)
		l.SMTPRouteID = &route
	}
	l.QuietFrom, l.QuietUntil = readTime(f, "quiet_from"), readTime(f, "quiet_until")
	l.Senders, l.Seeds, l.BlackoutDates = nil, nil, nil
	for i := range rows(f, "sender_name", "sender_address", "sender_reply_to") {
		l.Senders = append(l.Senders, labels.Sender{
			Name: desk.Nth(*f, "sender_name", i), Address: desk.Nth(*f, "sender_address", i), ReplyTo: desk.Nth(*f, "sender_reply_to", i),
		})
	}
	for i := range rows(f, "seed_address", "seed_name") {
		l.Seeds = append(l.Seeds, labels.Seed{Address: desk.Nth(*f, "seed_address", i), Name: desk.Nth(*f, "seed_name", i)})
	}
	for i := range rows(f, "blackout_day", "blackout_reason") {
		day, err := civil.ParseDate(desk.Nth(*f, "blackout_day", i))
		if err != nil {
			f.Refuse(fmt.Sprintf("blackout_dates[%d].day", i), f.Say.T("labels.no_day"))
		}
		l.BlackoutDates = append(l.BlackoutDates, labels.Blackout{Day: day, Reason: desk.Nth(*f, "blackout_reason", i)})
	}
	l.Caps = readCaps(f)
}

// readTime reads a time of day; none is nil.
func readTime(f *desk.Form, name string) *civil.Time {
	if f.Field(name) == "" {
		return nil
	}
	t, err := civil.ParseTime(f.Field(name))
	if err != nil {
		f.Refuse(name, f.Say.T("labels.no_time"))
		return nil
	}
	return &t
}

func setCaps(f *desk.Form, caps []labels.Cap) {
	for _, c := range caps {
		f.Add("cap_scope", string(c.Scope))
		f.Add("cap_days", strconv.Itoa(c.Days))
		f.Add("cap_at_most", strconv.Itoa(c.AtMost))
	}
}

// readCaps reads the lines of caps; one without numbers is left out.
func readCaps(f *desk.Form) []labels.Cap {
	for i, scope := range f.Values["cap_scope"] { // a choice is never empty, so its line may be
		if desk.Nth(*f, "cap_days", i) == "" && desk.Nth(*f, "cap_at_most", i) == "" {
			f.Values["cap_scope"][i] = ""
		} else {
			f.Values["cap_scope"][i] = scope
		}
	}
	caps := []labels.Cap{}
	for i := range rows(f, "cap_scope", "cap_days", "cap_at_most") {
		days, okDays := typed.Count(desk.Nth(*f, "cap_days", i), math.MaxInt32)
		most, okMost := typed.Count(desk.Nth(*f, "cap_at_most", i), math.MaxInt32)
		if !okDays || !okMost {
			f.Refuse(fmt.Sprintf("caps[%d]", i), f.Say.T("labels.no_number"))
		}
		caps = append(caps, labels.Cap{Scope: labels.Scope(desk.Nth(*f, "cap_scope", i)), Days: int(days), AtMost: int(most)})
	}
	return caps
}
