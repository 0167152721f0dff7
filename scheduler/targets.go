package scheduler

import (
	"context"
	"fmt"
	"slices"
	"time"

	"keur/internal/fault"
	"keur/internal/links"
	"keur/internal/words"
	"keur/mailings"
	"keur/templates/lint"
)

// linkPatience bounds the check of all links of one send.
const linkPatience = 15 * time.Second

// checkTargets checks the links of a mail that can be made.
func (p *Preflight) checkTargets(ctx context.Context, content *mailings.Content) error {
	_, err := p.followLinks(ctx, content)
	return err
}

// checkLinks returns a reason to hold the send for its links, or no message:
// each answers and keeps its sub-id, and ends at the host that was seen when the
// mailing was put up for approval.
func (p *Preflight) checkLinks(ctx context.Context, send *mailings.Send, content *mailings.Content) (words.Message, error) {
	ends, err := p.followLinks(ctx, content)
	if _, is := err.(*fault.Error); is {
		return words.Of("hold.preflight", "fault", err), nil
	}
	if err != nil {
		return words.Message{}, err
	}
	seen, err := p.mailings.Targets(ctx, send.RevisionID)
	if err != nil {
		return words.Message{}, err
	}
	moved := movedLinks(seen, ends)
	// Somebody who released just this saw where the links lead now.
	for _, shown := range send.Releases.Of(moved.Key) {
		if shown.String() == moved.String() {
			return words.Message{}, nil
		}
	}
	return moved, nil
}

// movedLinks says which links end at another host than they did, from where to
// where, or nothing.
func movedLinks(seen map[string]mailings.Target, ends map[string]string) words.Message {
	var moves []string
	for url, final := range ends {
		target, known := seen[url]
		if from, moved := target.Moved(final); known && moved {
			moves = append(moves, fmt.Sprintf("%s: %s → %s", url, from, links.HostOf(final)))
		}
	}
	if len(moves) == 0 {
		return words.Message{}
	}
	slices.Sort(moves)
	return words.Of("hold.link_moved", "moves", moves)
}

// followLinks returns where each link of the mail ends, or a fault of the first
// that doesn't answer or loses its sub-id.
func (p *Preflight) followLinks(ctx context.Context, content *mailings.Content) (map[string]string, error) {
	ends := map[string]string{}
	program, findings, _, err := content.Compile(ctx, p.compiler)
	if err != nil || lint.Blocked(findings) || p.follow == nil {
		return ends, err // lint says what is wrong with the mail itself
	}
	patient, cancel := context.WithTimeout(ctx, linkPatience)
	defer cancel()
	parameter := map[string]string{}
	for _, link := range program.Links {
		placement, _ := content.Placement(link.Placement)
		parameter[link.URL] = placement.SubIDParameter
	}
	dead := lint.CheckLinks(patient, program.Links, func(ctx context.Context, url string) error {
		final, err := p.follow(ctx, url, parameter[url])
		ends[url] = final
		return err
	})
	if ctx.Err() != nil {
		return ends, ctx.Err()
	}
	if len(dead) > 0 {
		return ends, fault.New(fault.Conflict, dead[0].Message.Key, dead[0].Message.Args...)
	}
	return ends, nil
}
