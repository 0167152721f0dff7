package public

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"keur/approval"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/rhythm"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/schedules"
)

// factsFor lists what is approved besides the mail itself. Subjects and preheaders
// are as members read them, and not as they are written.
func factsFor(inv *approval.Invitation, faces []clientFace, say words.Speaker) []fact {
	c := inv.Content
	var subjects, preheaders []string
	for _, f := range faces {
		subjects, preheaders = append(subjects, f.Subject), append(preheaders, f.Preheader)
	}
	facts := []fact{{say.T("client_page.subject"), distinct(subjects)}}
	if c.Preheader != "" {
		facts = append(facts, fact{say.T("client_page.preheader"), distinct(preheaders)})
	}
	facts = append(facts,
		fact{say.T("client_page.sender"), fmt.Sprintf("%s <%s>", c.Sender.Name, c.Sender.Address)},
		fact{say.T("client_page.moment"), momentOf(&c, say)},
	)
	if c.Audience.MailAgain {
		facts = append(facts, fact{say.T("client_page.audience"), say.T("client_page.mail_again")})
	}
	if inv.Round.Renews != nil {
		facts = append(facts, fact{say.T("client_page.renewal"), say.T("client_page.renews")})
	}
	members := say.T("client_page.members", "n", inv.Round.Audience)
	if most := inv.Round.Ceiling; most != nil {
		facts = append(facts, fact{say.T("client_page.slots"), slotsOf(&inv.Round, say)})
		members = say.T("client_page.ceiling", "n", inv.Round.Audience, "most", *most)
	}
	return append(facts, fact{say.T("client_page.audience"), members})
}

// distinct joins texts, each once.
func distinct(texts []string) string {
	var found []string
	for _, text := range texts {
		if text != "" && !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	return strings.Join(found, " · ")
}

// slotsOf lists when what recurs goes out, as far as it is approved. Of many it
// names the first and the last.
func slotsOf(r *approval.Round, say words.Speaker) string {
	const shown = 12
	var dates []string
	for i, slot := range r.Slots {
		switch {
		case len(r.Slots) <= shown || i < shown-2 || i == len(r.Slots)-1:
			dates = append(dates, say.ShortDay(slot.Local.Wall(), time.Time{})+" "+say.Clock(slot.Local.Wall()))
		case i == shown-2:
			dates = append(dates, "…")
		}
	}
	said := say.T("client_page.slots_of", "n", len(r.Slots), "list", strings.Join(dates, " · "))
	if r.EndsAt != nil {
		said += ". " + say.T("client_page.slots_end")
	}
	return said
}

// momentOf says when the mailing goes out, with its zone.
func momentOf(c *mailings.Content, say words.Speaker) string {
	zone, err := time.LoadLocation(c.Label.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	place := " (" + words.Place(zone) + ")"
	switch {
	case c.Schedule.Kind == schedules.Once:
		return momentIn(c.Schedule.At.In(zone), zone, say)
	case c.Schedule.Step != nil:
		step := c.Schedule.Step
		return rhythm.SaidOfStep(step.After, step.Days, step.Time, say) + place
	}
	return rhythm.Of(c.Schedule.Cron).Said(say) + place
}

// momentIn writes a moment in full, with its year, to the second where it names one.
func momentIn(at time.Time, zone *time.Location, say words.Speaker) string {
	local := civil.Wall(at.In(zone))
	clock := say.Clock(local)
	if local.Second() != 0 {
		clock = local.Format("15:04:05")
	}
	return say.Day(local, time.Time{}) + ", " + clock + " (" + words.Place(zone) + ")"
}

// termsFor returns the deal lines of the client's own placements, in the reader's
// numbers.
func termsFor(inv *approval.Invitation, say words.Speaker) []string {
	var lines []string
	for _, p := range inv.Content.Placements {
		if inv.Review.AdvertiserID == nil || p.AdvertiserID != int64(*inv.Review.AdvertiserID) {
			continue
		}
		for _, t := range p.Terms {
			amount := say.Money(t.MinorUnits, t.Currency)
			if t.BasisPoints > 0 {
				amount = say.Percent(float64(t.BasisPoints) / 10_000)
			}
			kind := t.Kind // an abbreviation that the trade knows, or a word
			if kind == string(campaigns.Fixed) {
				kind = say.Say(words.Of("deal.fixed"))
			}
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s: %s %s, %s", p.Campaign, kind, amount, t.Note), ", "))
		}
	}
	return lines
}
