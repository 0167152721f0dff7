package mailings

import (
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"time"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/links"
	"keur/mailings/attachments"
)

// Bounds of a mailing, so that neither a slip nor malice makes a mail that
// nobody could read or send.
const (
	maxSubjects   = 10
	maxPlacements = 40
	maxSource     = 1 << 20
	maxBrief      = 3 << 20
)

var keyPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,29}$`)

// Validate returns an Invalid fault that names every field that is wrong. It
// holds for drafts as well; what only blocks sending is templates' lint.
func (c *Content) Validate() error {
	var wrong fault.List
	c.validateAppearance(&wrong)
	zone, err := time.LoadLocation(c.Label.TimeZone)
	if err != nil {
		wrong.Add("label.time_zone", "input.time_zone")
	}
	c.Schedule.Check(&wrong)
	if err := wrong.Err(); err != nil {
		return err
	}
	return c.Schedule.Validate(zone)
}

// ValidateAppearance is Validate for what members see alone, before it is said
// for whom and when.
func (c *Content) ValidateAppearance() error {
	var wrong fault.List
	c.validateAppearance(&wrong)
	return wrong.Err()
}

func (c *Content) validateAppearance(wrong *fault.List) {
	c.validateSubjects(wrong)
	c.validatePlacements(wrong)
	attachments.Check(c.Attachments, wrong)
	if _, err := mail.ParseAddress(c.Sender.Address); err != nil {
		wrong.Add("sender.address", "mailings.email_form")
	}
	if c.Sender.ReplyTo != "" {
		if _, err := mail.ParseAddress(c.Sender.ReplyTo); err != nil {
			wrong.Add("sender.reply_to", "mailings.email_form")
		}
	}
	if len(c.Template.Source) > maxSource {
		wrong.Add("template.source", "input.longer_than_bytes", "most", maxSource)
	}
}

func (c *Content) validateSubjects(wrong *fault.List) {
	if len(c.Subjects) == 0 || len(c.Subjects) > maxSubjects {
		wrong.Add("subjects", "mailings.subjects_range", "most", maxSubjects)
	}
	seen := map[string]bool{}
	for i, s := range c.Subjects {
		at := fmt.Sprintf("subjects[%d]", i)
		validateKey(s.Key, seen, at+".key", wrong)
		if s.Weight < 1 || s.Weight > 1000 {
			wrong.Add(at+".weight", "mailings.weight")
		}
	}
}

func (c *Content) validatePlacements(wrong *fault.List) {
	switch n := len(c.Placements); {
	case c.Kind == Solo && n != 1:
		wrong.Add("placements", "mailings.solo_placements", "count", n)
	case c.Kind == Newsletter && n == 0:
		wrong.Add("placements", "mailings.newsletter_placements")
	case c.Kind == House && n != 0:
		wrong.Add("placements", "mailings.house_placements")
	case n > maxPlacements:
		wrong.Add("placements", "input.at_most", "most", maxPlacements)
	}
	seen := map[string]bool{}
	for i, p := range c.Placements {
		at := fmt.Sprintf("placements[%d]", i)
		validateKey(p.Key, seen, at+".key", wrong)
		if p.CampaignID == 0 || p.AdvertiserID == 0 {
			wrong.Add(at+".campaign_id", "mailings.campaign_missing")
		}
		if p.Gmail != nil && c.Kind != Solo {
			wrong.Add(at+".gmail", "mailings.gmail_solo")
		}
		if p.GmailOffer != "" && !form.Name(p.GmailOffer) {
			wrong.Add(at+".gmail_offer", "input.name", "most", form.MaxName)
		}
		if p.URL != "" && links.HostOf(p.URL) == "" {
			wrong.Add(at+".url", "mailings.url_form")
		}
	}
}

// validateKey demands a key that is well formed and unlike those seen before.
func validateKey(key string, seen map[string]bool, at string, wrong *fault.List) {
	switch {
	case !keyPattern.MatchString(key):
		wrong.Add(at, "mailings.key_form")
	case seen[key]:
		wrong.Add(at, "mailings.key_twice", "key", key)
	}
	seen[key] = true
}

// distinct returns what pick finds in each, each once, in order.
func distinct[T any, K comparable](all []T, pick func(T) K) []K {
	found := []K{}
	for _, one := range all {
		if k := pick(one); !slices.Contains(found, k) {
			found = append(found, k)
		}
	}
	return found
}
