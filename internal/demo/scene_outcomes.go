package demo

import (
	"context"
	"fmt"
)

// outcome is a line of the report as the API answers it.
type outcome struct {
	Of struct {
		Name    string `json:"name"`
		Mailing int64  `json:"mailing_id"`
	} `json:"of"`
	Audience      int64 `json:"audience"`
	Sent          int64 `json:"sent"`
	Bounced       int64 `json:"bounced"`
	Delivered     int64 `json:"delivered"`
	InDoubt       int64 `json:"in_doubt"`
	OpensUnique   int64 `json:"opens_unique"`
	Opens         int64 `json:"opens"`
	OpensMachine  int64 `json:"opens_machine"`
	ClicksUnique  int64 `json:"clicks_unique"`
	Clicks        int64 `json:"clicks"`
	ClicksMachine int64 `json:"clicks_machine"`
	Unsubscribes  int64 `json:"unsubscribes"`
	Complaints    int64 `json:"complaints"`
	CTR           rate  `json:"ctr"`
	CTOR          rate  `json:"ctor"`
}

// rate is a share, which there may be none of.
type rate struct {
	Value *float64 `json:"value"`
}

// String writes a rate as people compare it.
func (r rate) String() string {
	if r.Value == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f%%", 100**r.Value)
}

// countOutcomes reads what came of the two mailings. It must be what the crowd
// did, to the last click.
func (s *stage) countOutcomes(ctx context.Context) (string, error) {
	counted := deeds{Followed: s.crowd.Followed}
	for _, m := range s.mailings {
		lines, err := s.outcomesOf(ctx, m, "mailing")
		if err != nil {
			return "", err
		}
		s.outcomes = append(s.outcomes, lines...)
		counted.add(lines[0])
	}
	if counted != s.crowd {
		return "", fmt.Errorf("counted %+v, but the crowd did %+v", counted, s.crowd)
	}
	var trail struct {
		Entries int64 `json:"entries"`
	}
	if err := s.admin.create(ctx, "/audit/verify", map[string]any{}, &trail); err != nil {
		return "", err
	}
	return fmt.Sprintf("equal to what the crowd did, to the last click; the audit trail of %s entries is whole", grouped(trail.Entries)), nil
}

// add adds what was counted of a mailing.
func (c *deeds) add(o outcome) {
	c.Opens, c.OpensUnique, c.OpensMachine = c.Opens+int(o.Opens), c.OpensUnique+int(o.OpensUnique), c.OpensMachine+int(o.OpensMachine)
	c.Clicks, c.ClicksUnique, c.ClicksMachine = c.Clicks+int(o.Clicks), c.ClicksUnique+int(o.ClicksUnique), c.ClicksMachine+int(o.ClicksMachine)
	c.Unsubscribes, c.Bounces, c.Complaints = c.Unsubscribes+int(o.Unsubscribes), c.Bounces+int(o.Bounced), c.Complaints+int(o.Complaints)
}

func (s *stage) outcomesOf(ctx context.Context, m *mailing, by string) ([]outcome, error) {
	var found page[outcome]
	err := m.maker.get(ctx, fmt.Sprintf("/labels/%d/outcomes?mailing=%d&by=%s", m.of.ID, m.ID, by), &found)
	if err == nil && len(found.Items) == 0 {
		err = fmt.Errorf("there are no outcomes of mailing %d", m.ID)
	}
	return found.Items, err
}

// showOutcomes prints the table: each mailing, and under it its campaigns.
func (s *stage) showOutcomes(ctx context.Context) error {
	t := &table{header: []string{
		"", "audience", "sent", "bounced", "delivered", "opened", "opens", "· machine", "clicked", "clicks", "· machine", "CTR", "CTOR", "left", "spam",
	}}
	for i, m := range s.mailings {
		t.line("", s.outcomes[i])
		placed, err := s.outcomesOf(ctx, m, "campaign")
		if err != nil {
			return err
		}
		for _, o := range placed {
			t.line("  · ", o)
		}
	}
	s.say("\n%s", t)
	if err := s.showSubjects(ctx); err != nil {
		return err
	}
	s.say("  opened and clicked: members, each once. opens and clicks: by people. · machine: by mail programs and gateways, in no rate.")
	s.say("  CTR = clicked / delivered, CTOR = clicked / opened. A campaign counts its mailing's deliveries and its own clicks.\n")
	return nil
}

// showSubjects prints which of the solo's subjects did better.
func (s *stage) showSubjects(ctx context.Context) error {
	solo := s.mailings[0]
	var found page[struct {
		outcome
		Name string `json:"name"`
	}]
	if err := solo.maker.get(ctx, fmt.Sprintf("/labels/%d/breakdown?mailing=%d&by=variant", solo.of.ID, solo.ID), &found); err != nil {
		return err
	}
	t := &table{header: []string{"subjects of " + solo.Name, "delivered", "opened", "clicked", "CTR", "CTOR"}}
	for _, o := range found.Items {
		t.add(o.Name, grouped(o.Delivered), grouped(o.OpensUnique), grouped(o.ClicksUnique), o.CTR.String(), o.CTOR.String())
	}
	s.say("%s", t)
	return nil
}

func (t *table) line(indent string, o outcome) {
	n := grouped
	t.add(indent+o.Of.Name, n(o.Audience), n(o.Sent), n(o.Bounced), n(o.Delivered), n(o.OpensUnique), n(o.Opens), n(o.OpensMachine),
		n(o.ClicksUnique), n(o.Clicks), n(o.ClicksMachine), o.CTR.String(), o.CTOR.String(), n(o.Unsubscribes), n(o.Complaints))
}
