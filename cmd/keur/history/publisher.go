package history

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"keur/accounts"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
)

// publisher is who history happens to.
type publisher struct {
	Rooms
	agenda *agenda
	shop   string
	now    time.Time // where history ends
	told   Told

	planner, editor, colleague, admin accounts.User
	markets                           []*market // nl and de
	ways                              map[mailings.ID]*way
}

// market is a label, who makes its mailings, and what they are made of.
type market struct {
	words
	label     labels.Label
	zone      *time.Location
	maker     accounts.User
	other     accounts.User // the maker of the other label, who may approve here
	templates map[mailings.Kind]int64
	segments  map[string]segments.SegmentRef // by name
	offers    []*offer
}

// as returns a context in which the user acts.
func as(ctx context.Context, u accounts.User) context.Context {
	return postgres.WithActor(ctx, u.ID.Actor())
}

// meet finds the labels and people that the demo opened with.
func (p *publisher) meet(ctx context.Context, cast Cast) error {
	for email, into := range map[string]*accounts.User{
		cast.Planner: &p.planner, cast.Editor: &p.editor, cast.Colleague: &p.colleague, cast.Admin: &p.admin,
	} {
		var err error
		if *into, err = p.Accounts.ByEmail(ctx, email); err != nil {
			return err
		}
	}
	for _, m := range []*market{
		{words: dutch(), maker: p.planner, other: p.editor}, {words: german(), maker: p.editor, other: p.planner},
	} {
		var err error
		if m.label, err = p.Labels.ByCode(ctx, m.code); err != nil {
			return err
		}
		m.zone = m.label.Location()
		p.markets = append(p.markets, m)
	}
	return nil
}

// settle gives each label its templates and segments.
func (p *publisher) settle(ctx context.Context) error {
	for _, m := range p.markets {
		m.templates = map[mailings.Kind]int64{}
		for _, starter := range templates.Starters() {
			// The label has no site of its own here, which the starter leads to.
			source := strings.ReplaceAll(starter.Source, `href="{{label.public_url}}/"`, `href="`+p.shop+"/shop/"+m.code+`"`)
			t, err := p.Templates.Create(as(ctx, m.maker), templates.Template{
				LabelID: m.label.ID, Name: starter.Name, Format: starter.Format, Source: source,
			})
			if err != nil {
				return err
			}
			m.templates[mailings.Kind(starter.Kind)] = int64(t.ID)
		}
		m.segments = map[string]segments.SegmentRef{}
		for _, s := range m.saved {
			var rule segments.Rule
			if err := json.Unmarshal([]byte(s.rule), &rule); err != nil {
				return fmt.Errorf("segment %s: %w", s.name, err)
			}
			made, err := p.Segments.Create(as(ctx, m.maker), m.label.ID, s.name, s.description, rule)
			if err != nil {
				return err
			}
			m.segments[s.name] = segments.SegmentRef{ID: made.ID}
		}
	}
	return nil
}

// look lets the scheduler plan and advance what is due.
func (p *publisher) look(ctx context.Context) error {
	return p.Scheduler.Tick(postgres.WithActor(ctx, "system:scheduler"))
}

// attend does what the scheduler does now and then: mail notices, plan on,
// conclude, sum up.
func (p *publisher) attend(ctx context.Context) error {
	p.Scheduler.Attend(postgres.WithActor(ctx, "system:scheduler"))
	return p.look(ctx)
}
