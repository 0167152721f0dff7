package direct

import (
	"context"
	"strings"

	"keur/delivery"
	"keur/delivery/smtp"
	"keur/labels"
)

// Probe tries the route for a person, at the servers of a domain: who they are, and
// whether one lets each of our addresses in. With a letter it sends that as well,
// unless none does.
func (t *Transport) Probe(ctx context.Context, domain string, letter *delivery.Message) []smtp.Step {
	s := t.site(ctx, domain)
	if s.err != nil {
		return []smtp.Step{{Stage: smtp.Resolve, Said: domain + ": " + s.err.Error()}}
	}
	var names []string
	for _, server := range s.servers.All {
		names = append(names, server.Name)
	}
	steps := []smtp.Step{{Stage: smtp.Resolve, OK: true, Said: strings.Join(names, ", ")}}
	for _, one := range t.each() {
		steps = append(steps, one.tryFrom(ctx, domain))
	}
	if letter == nil || !steps[len(steps)-1].OK {
		return steps
	}
	began := t.memory.clock.Now()
	reply := single{t}.Send(ctx, *letter)
	return append(steps, smtp.Step{
		Stage: smtp.Letter, OK: reply.Outcome == delivery.OutcomeAccepted, Said: reply.Said(), Took: t.memory.clock.Now().Sub(began),
	})
}

// each is the transport once for each of its addresses, with nothing learnt yet.
func (t *Transport) each() (all []*Transport) {
	for _, source := range t.route.Sources {
		route := t.route
		route.Sources = labels.Sources{source}
		all = append(all, New(route, t.settings, t.memory.clock))
	}
	if len(all) == 0 {
		all = []*Transport{New(t.route, t.settings, t.memory.clock)}
	}
	return all
}

// tryFrom connects from the transport's only address.
func (t *Transport) tryFrom(ctx context.Context, domain string) smtp.Step {
	began, step := t.memory.clock.Now(), smtp.Step{Stage: smtp.Connect, OK: true}
	conn, err := t.site(ctx, domain).Dial(ctx)
	for _, source := range t.route.Sources {
		step.Said = source.Address + " " + source.EHLOName
	}
	switch refused, is := conn.(*refusing); {
	case err != nil:
		step.OK, step.Said = false, strings.TrimSpace(step.Said+": "+err.Error())
	case is:
		step.OK, step.Said = false, strings.TrimSpace(step.Said+": "+refused.reply.Text)
	default:
		_ = conn.Close() // it is known now that it was open
	}
	step.Took = t.memory.clock.Now().Sub(began)
	return step
}
