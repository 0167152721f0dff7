package demo

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// mailing is a mailing as the API knows it, and who makes it.
type mailing struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	State      string `json:"state"`
	RevisionID int64  `json:"revision_id"`

	of    label
	kind  string
	maker person
	brief map[string]any
	round round
}

// lead is how long before their slot the mailings are written: what approving
// takes, also on a machine that is busy.
const lead = 20 * time.Second

// writeMailings makes a solo, a newsletter, and a house mailing for tomorrow on
// which the rules are tried.
func (s *stage) writeMailings(ctx context.Context) (string, error) {
	s.slot = time.Now().Add(lead).Truncate(time.Second)
	solo, err := s.draft(ctx, "nl", "solo", "Herfstmailing", s.planner)
	if err != nil {
		return "", err
	}
	news, err := s.draft(ctx, "de", "newsletter", "Sparpfad am Wochenende", s.editor)
	if err != nil {
		return "", err
	}
	if s.trial, err = s.draft(ctx, "nl", "house", "Winnaars van de prijsvraag", s.planner); err != nil {
		return "", err
	}
	if err := s.briefSolo(ctx, solo); err != nil {
		return "", err
	}
	if err := s.briefNewsletter(ctx, news); err != nil {
		return "", err
	}
	s.briefTrial()
	s.mailings = []*mailing{solo, news}
	for _, m := range []*mailing{solo, news, s.trial} {
		if err := s.revise(ctx, m); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%q and %q, for %s", solo.Name, news.Name, solo.brief["schedule"].(map[string]any)["at"]), nil
}

// draft begins a mailing from the starter of its kind.
func (s *stage) draft(ctx context.Context, code, kind, name string, maker person) (*mailing, error) {
	m := &mailing{of: s.labels[code], kind: kind, maker: maker}
	if err := maker.create(ctx, fmt.Sprintf("/labels/%d/mailings", m.of.ID), map[string]string{"name": name, "kind": kind}, m); err != nil {
		return nil, err
	}
	template, err := s.template(ctx, m)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(m.of.TimeZone)
	if err != nil {
		return nil, err
	}
	m.brief = map[string]any{
		"sender_id": m.of.Senders[0].ID, "template": map[string]any{"id": template},
		"schedule": map[string]any{"kind": "once", "at": s.slot.In(zone).Format("2006-01-02T15:04:05")},
	}
	return m, nil
}

// template finds or makes the label's template of the mailing's kind, from the
// one that comes with Keur.
func (s *stage) template(ctx context.Context, m *mailing) (int64, error) {
	type template struct {
		ID     int64  `json:"id,omitempty"`
		Name   string `json:"name"`
		Kind   string `json:"kind,omitempty"`
		Format string `json:"format"`
		Source string `json:"source"`
	}
	path := fmt.Sprintf("/labels/%d/templates", m.of.ID)
	var own, starters page[template]
	if err := m.maker.get(ctx, path, &own); err != nil {
		return 0, err
	}
	if err := m.maker.get(ctx, "/template-starters", &starters); err != nil {
		return 0, err
	}
	at := slices.IndexFunc(starters.Items, func(t template) bool { return t.Kind == m.kind })
	if at < 0 {
		return 0, fmt.Errorf("Keur comes without a template for a %s", m.kind)
	}
	starter := starters.Items[at]
	if at := slices.IndexFunc(own.Items, func(t template) bool { return t.Name == starter.Name }); at >= 0 {
		return own.Items[at].ID, nil
	}
	var made template
	err := m.maker.create(ctx, path, template{Name: starter.Name, Format: starter.Format, Source: starter.Source}, &made)
	return made.ID, err
}

// briefSolo fills in the solo: readers who cycle or have many points, but not
// the newest, and one in twenty gets nothing, to compare with.
func (s *stage) briefSolo(ctx context.Context, m *mailing) error {
	cyclists, err := s.segment(ctx, m, "Fietsers en spaarders", anyOf(
		rule("interests", "has_any", []string{"fietsen", "reizen", "tuinieren"}), rule("points", "gte", 1500)))
	if err != nil {
		return err
	}
	newcomers, err := s.segment(ctx, m, "Nieuw in de laatste maand", map[string]any{"membership": "joined", "op": "in_last_days", "value": 30})
	m.brief["subjects"] = []any{
		map[string]any{"key": "naam", "text": `{{member.first_name | default "Hallo"}}, de mooiste ritten zijn in de herfst`, "weight": 1},
		map[string]any{"key": "korting", "text": "15% op je nieuwe gravelfiets", "weight": 1},
	}
	m.brief["preheader"] = "Met je eigen kortingscode, geldig tot en met 15 december."
	m.brief["placements"] = s.place(m)
	m.brief["audience"] = map[string]any{
		"segments": []any{cyclists}, "exclude": []any{newcomers}, "holdout_percent": 5, "holdout_salt": "herfst",
	}
	return err
}

// briefNewsletter fills in the newsletter of three campaigns for grown-ups.
func (s *stage) briefNewsletter(ctx context.Context, m *mailing) error {
	adults, err := s.segment(ctx, m, "Erwachsene bis 75", rule("birth_date", "age_between", []int{21, 75}))
	m.brief["subjects"] = []any{map[string]any{"key": "a", "text": "Berge, Licht und ein Rad vor der Tür", "weight": 1}}
	m.brief["preheader"] = "Drei Angebote, ausgesucht für lange Abende."
	m.brief["placements"] = s.place(m)
	m.brief["audience"] = map[string]any{"segments": []any{adults}}
	return err
}

// briefTrial fills in the house mailing, for everyone and far enough ahead.
func (s *stage) briefTrial() {
	m := s.trial
	m.brief["subjects"] = []any{map[string]any{"key": "a", "text": "De winnaars van de prijsvraag", "weight": 1}}
	m.brief["audience"] = map[string]any{"segments": []any{map[string]any{"name": "Iedereen", "rule": map[string]any{"all": []any{}}}}}
	m.brief["schedule"] = map[string]any{"kind": "once", "at": s.began.AddDate(0, 0, 2).Format("2006-01-02") + "T10:00"}
}

// place gives each of the label's campaigns its block.
func (s *stage) place(m *mailing) (blocks []any) {
	for i, c := range s.campaigns {
		if c.label != m.of.Code {
			continue
		}
		block := map[string]any{
			"key": fmt.Sprintf("p%d", i), "campaign_id": c.ID, "creative": c.picture, "width": BannerWidth / 2,
			"heading": c.heading, "text": c.text, "button": c.button, "url": s.shop.link(c),
		}
		if c.poolID != 0 {
			block["voucher_pool_id"] = c.poolID
		}
		blocks = append(blocks, block)
	}
	return blocks
}

// segment finds or saves a rule under its name, and returns it as an audience
// refers to it.
func (s *stage) segment(ctx context.Context, m *mailing, name string, rule map[string]any) (map[string]any, error) {
	type segment struct {
		ID   int64          `json:"id"`
		Name string         `json:"name"`
		Rule map[string]any `json:"rule"`
	}
	path := fmt.Sprintf("/labels/%d/segments", m.of.ID)
	var there page[segment]
	if err := m.maker.get(ctx, path, &there); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(there.Items, func(known segment) bool { return known.Name == name })
	if at >= 0 {
		return map[string]any{"id": there.Items[at].ID}, nil
	}
	var made segment
	err := m.maker.create(ctx, path, map[string]any{"name": name, "rule": rule}, &made)
	return map[string]any{"id": made.ID}, err
}

func rule(attribute, op string, value any) map[string]any {
	return map[string]any{"attribute": attribute, "op": op, "value": value}
}

func anyOf(rules ...map[string]any) map[string]any { return map[string]any{"any": rules} }

// revise saves the brief as the newest revision.
func (s *stage) revise(ctx context.Context, m *mailing) error {
	m.brief["based_on"] = m.RevisionID
	var made struct {
		ID int64 `json:"id"`
	}
	err := m.maker.create(ctx, fmt.Sprintf("/mailings/%d/revisions", m.ID), m.brief, &made)
	m.RevisionID = made.ID
	return err
}
