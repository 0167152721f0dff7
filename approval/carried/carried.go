// Package carried says when the verdict that a client gave about an earlier round
// of a mailing counts for a new one: only values of other clients' placements
// changed, and a mail does no more with these than show them where they stand. So
// all that this client approved is in the new mail as it was. The database holds
// the two contents to each other itself (carry_refusal); what a template does with
// them it can't know, so of that it takes the program's word, under its seal.
package carried

import (
	"bytes"
	"context"
	"slices"

	"keur/internal/fault"
	"keur/mailings"
	"keur/templates"
)

// Reason is why a client who approved before is asked once more.
type Reason string

// The reasons. Those of the first group are the database's (carry_refusal).
const (
	Policy   Reason = "policy"   // it has each client asked anew
	Taken    Reason = "taken"    // somebody took that approval back
	Contact  Reason = "contact"  // who gave it doesn't approve any more, or is asked for a part that changed
	Own      Reason = "own"      // their part changed, or what stands around it
	Moment   Reason = "moment"   // it goes out at another slot
	Audience Reason = "audience" // it goes to others
	Shape    Reason = "shape"    // another part has more or fewer pieces or lines, or is much longer
	Letters  Reason = "letters"  // it has characters that may look like something else
	Template Reason = "template" // the template does more with what changed than show it
)

// Reasons returns all reasons.
func Reasons() []Reason {
	return []Reason{Policy, Taken, Contact, Own, Moment, Audience, Shape, Letters, Template}
}

// Refusal returns why what changed between two contents is more than values of the
// placements of others than the client, each shown where it stands; "" if it isn't.
func Refusal(ctx context.Context, compiler *templates.Compiler, before, after *mailings.Content, client int64) (Reason, error) {
	old, new_ := *before, *after
	found, why := mask(&old, &new_, client)
	if why != "" {
		return why, nil
	}
	same, err := alike(&old, &new_)
	if err != nil || !same {
		return Own, err
	}
	for _, version := range []struct {
		real *mailings.Content
		text func(stand) string
	}{
		{before, func(s stand) string { return s.before }},
		{after, func(s stand) string { return s.after }},
	} {
		shows, err := showsOnly(ctx, compiler, version.real, &new_, found.as(version.text))
		if fault.Is(err, fault.Invalid) || err == nil && !shows {
			return Template, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}

// alike reports whether two masked contents say the same. What the source became
// isn't held to each other here: the mails are.
func alike(a, b *mailings.Content) (bool, error) {
	a.Template.Rendered, b.Template.Rendered = "", ""
	one, err := mailings.Canonical(*a)
	if err != nil {
		return false, err
	}
	other, err := mailings.Canonical(*b)
	return bytes.Equal(one, other), err
}

// mask gives both contents the same stand-in for each value of another client's
// placement that differs, and returns what stands for what. The contents keep their
// own placements otherwise.
func mask(before, after *mailings.Content, client int64) (stands, Reason) {
	if len(before.Placements) != len(after.Placements) {
		return nil, Own
	}
	before.Placements, after.Placements = slices.Clone(before.Placements), slices.Clone(after.Placements)
	var found stands
	for i := range before.Placements {
		a, b := &before.Placements[i], &after.Placements[i]
		if a.AdvertiserID != b.AdvertiserID {
			return nil, Own
		}
		if a.AdvertiserID == client {
			continue
		}
		more, why := maskPlacement(a, b, i, before.Label.PublicURL)
		if why != "" {
			return nil, why
		}
		found = append(found, more...)
	}
	return found, ""
}

// maskPlacement is mask of one placement of somebody else, the one of a number.
// Terms stand in no mail, and a code has its form, whichever pool it is of.
func maskPlacement(a, b *mailings.Placement, number int, publicURL string) (stands, Reason) {
	if (a.VoucherPoolID == 0) != (b.VoucherPoolID == 0) {
		return nil, Shape
	}
	a.Terms, b.Terms, a.VoucherPoolID = nil, nil, b.VoucherPoolID
	var found stands
	for field, texts := range [][2]*string{{&a.Heading, &b.Heading}, {&a.Text, &b.Text}, {&a.Button, &b.Button}, {&a.Alt, &b.Alt}} {
		more, why := maskWords(texts[0], texts[1], number, field)
		if why != "" {
			return nil, why
		}
		found = append(found, more...)
	}
	link, why := maskLink(&a.URL, &b.URL, number)
	if why != "" {
		return nil, why
	}
	picture, why := maskPicture(a, b, number, publicURL)
	return slices.Concat(found, link, picture), why
}
