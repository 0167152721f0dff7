package scheduler

import (
	"context"
	"time"

	"keur/internal/form"
	"keur/internal/words"
	"keur/mailings"
)

// warmsUp tells on how many days a mailing leaves, since its sender's domain is being
// warmed up, and how many get it before it lapses; nothing where a day suffices.
func (p *Preflight) warmsUp(ctx context.Context, content *mailings.Content, members int, slot time.Time) (words.Message, error) {
	domain := form.Domain(content.Sender.Address)
	at, planned, err := p.warmups.Standing(ctx, domain, slot)
	if err != nil || !planned {
		return words.Message{}, err
	}
	days, lapse := at.Takes(members), content.Schedule.LapseAfter()
	if days == 1 {
		return words.Message{}, nil
	}
	// It goes on each day at the slot's time, so that a mail lapses a whole number of days later.
	if in := int(lapse / (24 * time.Hour)); days > max(1, in) {
		return words.Of("scheduler.warmup_lapses", "domain", domain, "hours", int(lapse.Hours()), "mails", at.Within(members, max(1, in)),
			"audience", members), nil
	}
	return words.Of("scheduler.warmup_takes", "domain", domain, "days", days, "most", at.Most()-at.Sent), nil
}
