package labels

import (
	"fmt"
	"slices"

	"keur/changes"
	"keur/internal/words"
)

// Origin is what decides where a label's mail comes from and where its links
// lead: one admin proposes it, another confirms it.
type Origin struct {
	PublicURL    string   `json:"public_url"`
	BounceDomain string   `json:"bounce_domain"`
	ListID       string   `json:"list_id"`
	SMTPRouteID  *RouteID `json:"smtp_route_id"`
	OwnDomains   Domains  `json:"own_domains"`
	Senders      []Sender `json:"senders"`
	Seeds        []Seed   `json:"seeds"` // who gets tests of what nobody approved yet
}

func (l Label) origin() Origin {
	return Origin{l.PublicURL, l.BounceDomain, l.ListID, l.SMTPRouteID, l.OwnDomains, l.Senders, l.Seeds}
}

// from returns the label with another origin.
func (l Label) from(o Origin) Label {
	l.PublicURL, l.BounceDomain, l.ListID, l.SMTPRouteID, l.OwnDomains = o.PublicURL, o.BounceDomain, o.ListID, o.SMTPRouteID, o.OwnDomains
	l.Senders, l.Seeds = o.Senders, o.Seeds
	return l
}

// sameDomains reports whether both differ in nothing but their senders.
func (o Origin) sameDomains(p Origin) bool {
	return o.PublicURL == p.PublicURL && o.BounceDomain == p.BounceDomain && o.ListID == p.ListID &&
		sameRoute(o.SMTPRouteID, p.SMTPRouteID) && slices.Equal(o.OwnDomains, p.OwnDomains)
}

// same reports whether both are the same but for seed addresses, which go at once.
func (o Origin) same(p Origin) bool {
	return o.sameDomains(p) && len(differing(o.Senders, p.Senders)) == 0
}

func sameRoute(a, b *RouteID) bool { return a == b || a != nil && b != nil && *a == *b }

// senderChange is a sender that comes, goes, or gets its replies elsewhere.
type senderChange struct {
	Sender
	do string // insert, update or delete
}

// differing returns what makes the senders before into those after. A sender is
// known by its name and address.
func differing(before, after []Sender) (found []senderChange) {
	in := func(list []Sender, s Sender) int {
		return slices.IndexFunc(list, func(t Sender) bool { return t.Name == s.Name && t.Address == s.Address })
	}
	for _, s := range after {
		switch at := in(before, s); {
		case at < 0:
			found = append(found, senderChange{s, "insert"})
		case before[at].ReplyTo != s.ReplyTo:
			found = append(found, senderChange{s, "update"})
		}
	}
	for _, s := range before {
		if in(after, s) < 0 {
			found = append(found, senderChange{s, "delete"})
		}
	}
	return found
}

// coming returns the seed addresses that are in after and not in before.
func coming(before, after []Seed) (found []Seed) {
	for _, s := range after {
		if !hasSeed(before, s) {
			found = append(found, s)
		}
	}
	return found
}

func hasSeed(list []Seed, s Seed) bool {
	return slices.ContainsFunc(list, func(t Seed) bool { return t.Address == s.Address })
}

// rows are those that make the origin before into this one, as the guards of
// the tables see them. A label is known to its senders by its code, as it has
// no number yet when it is proposed.
func (o Origin) rows(code string, id ID, before Origin) []changes.Row {
	domains := o.OwnDomains
	if domains == nil {
		domains = Domains{}
	}
	label := changes.Row{
		"code": code, "public_url": o.PublicURL, "bounce_domain": o.BounceDomain, "list_id": o.ListID,
		"smtp_route_id": o.SMTPRouteID, "own_domains": domains,
	}
	rows := []changes.Row{}
	if id == 0 {
		rows = append(rows, changes.Insert("labels", label))
	} else {
		label["id"] = id
		rows = append(rows, changes.Update("labels", label))
	}
	named := map[string]func(string, changes.Row) changes.Row{
		"insert": changes.Insert, "update": changes.Update, "delete": changes.Delete,
	}
	for _, s := range differing(before.Senders, o.Senders) {
		rows = append(rows, named[s.do]("label_senders", changes.Row{
			"label": code, "name": s.Name, "address": s.Address, "reply_to": s.ReplyTo,
		}))
	}
	for _, s := range coming(before.Seeds, o.Seeds) {
		rows = append(rows, changes.Insert("seed_addresses", changes.Row{"label": code, "address": s.Address}))
	}
	return rows
}

// savedOrigin is the origin of a label as somebody wants it, and as it was then.
type savedOrigin struct {
	ID     ID
	Before Origin
	After  Origin
}

// changes reports whether anything does that takes another admin.
func (s savedOrigin) changes() bool {
	return !s.After.same(s.Before) || len(coming(s.Before.Seeds, s.After.Seeds)) > 0
}

// seeds returns those of now as the change makes them: with what comes by it,
// without what goes by it.
func (s savedOrigin) seeds(now []Seed) []Seed {
	kept := slices.DeleteFunc(slices.Clone(now), func(t Seed) bool { return hasSeed(s.Before.Seeds, t) && !hasSeed(s.After.Seeds, t) })
	return append(kept, coming(kept, coming(s.Before.Seeds, s.After.Seeds))...)
}

// said says each thing that changes. Of the route only its name is known
// elsewhere.
func (s savedOrigin) said(label string, way words.Message) words.Message {
	var parts []words.Message
	for _, d := range []struct {
		before, after string
		said          words.Message
	}{
		{s.Before.PublicURL, s.After.PublicURL, words.Of("change.links_lead", "before", s.Before.PublicURL, "after", s.After.PublicURL)},
		{s.Before.BounceDomain, s.After.BounceDomain,
			words.Of("change.bounces_go", "before", s.Before.BounceDomain, "after", s.After.BounceDomain)},
		{s.Before.ListID, s.After.ListID, words.Of("change.list_is", "before", s.Before.ListID, "after", s.After.ListID)},
	} {
		if d.before != d.after {
			parts = append(parts, d.said)
		}
	}
	if !sameRoute(s.Before.SMTPRouteID, s.After.SMTPRouteID) {
		parts = append(parts, way)
	}
	if !slices.Equal(s.Before.OwnDomains, s.After.OwnDomains) {
		parts = append(parts, words.Of("change.own_domains", "domains", named(s.After.OwnDomains)))
	}
	for _, d := range differing(s.Before.Senders, s.After.Senders) {
		parts = append(parts, d.said())
	}
	for _, seed := range coming(s.Before.Seeds, s.After.Seeds) {
		parts = append(parts, words.Of("change.seed_comes", "address", seed.Address))
	}
	return words.Of("change.label_origin", "label", label, "parts", parts)
}

func (c senderChange) said() words.Message {
	if c.do == "delete" {
		return words.Of("change.sender_goes", "name", c.Name, "address", c.Address)
	}
	if c.ReplyTo == "" {
		return words.Of("change.sender_comes", "name", c.Name, "address", c.Address)
	}
	return words.Of("change.sender_replies", "name", c.Name, "address", c.Address, "reply", c.ReplyTo)
}

// addition says all that decides where the mail of a new label comes from.
func (l Label) addition(way words.Message) words.Message {
	senders := []words.Message{}
	for _, c := range differing(nil, l.Senders) {
		senders = append(senders, c.said())
	}
	for _, seed := range l.Seeds {
		senders = append(senders, words.Of("change.seed_comes", "address", seed.Address))
	}
	return words.Of("change.label_add", "name", l.Name, "code", l.Code, "url", l.PublicURL, "bounces", l.BounceDomain,
		"list", l.ListID, "way", way, "domains", named(l.OwnDomains), "senders", senders)
}

// named lists domains, or says that there are none.
func named(domains []string) any {
	if len(domains) == 0 {
		return words.Of("change.none")
	}
	return domains
}

func subjectOf(id ID) string { return fmt.Sprintf("labels:%d", id) }
