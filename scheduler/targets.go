package scheduler

import (
	"context"
	"fmt"
	"slices"

	"keur/internal/links"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings"
)

// checkLinks returns a reason to hold the send for its links, or no message: none
// is broken or silent, each keeps its sub-id, and ends at the host that was seen
// when the mailing was put up for approval. What could not be checked holds
// nothing. Who released a send for just these links saw them.
func (p *Preflight) checkLinks(ctx context.Context, send *mailings.Send, content *mailings.Content) (words.Message, error) {
	checked, err := p.followLinks(ctx, send.LabelID, content)
	if err != nil {
		return words.Message{}, err
	}
	if dead := deadLinks(checked); !dead.IsZero() && !excused(dead, send.Releases, "urls") {
		return dead, nil
	}
	seen, err := p.mailings.Targets(ctx, send.RevisionID)
	if err != nil {
		return words.Message{}, err
	}
	moved := movedLinks(seen, checked)
	// Somebody who released just this saw where the links lead now.
	for _, shown := range send.Releases.Of(moved.Key) {
		if shown.String() == moved.String() {
			return words.Message{}, nil
		}
	}
	return moved, nil
}

// deadLinks says which links are broken or silent, and what is wrong with the
// first of them, or nothing.
func deadLinks(checked []links.Checked) words.Message {
	var urls []string
	var first words.Message
	for _, c := range checked {
		f := mailings.Finding(c.URL, c.Found)
		if f.Severity != links.Blocks && f.Severity != links.Asks {
			continue
		}
		if len(urls) == 0 {
			first = f.Message
		}
		urls = append(urls, c.URL)
	}
	if len(urls) == 0 {
		return words.Message{}
	}
	return words.Of(mailings.BrokenLinks, "n", len(urls), "first", first, "urls", urls)
}

// excused reports whether somebody let the send go on with all that a reason
// lists under a name.
func excused(found words.Message, released mailings.Releases, list string) bool {
	seen := map[string]bool{}
	for _, shown := range released.Of(found.Key) {
		for _, text := range textsOf(shown, list) {
			seen[text] = true
		}
	}
	for _, text := range textsOf(found, list) {
		if !seen[text] {
			return false
		}
	}
	return true
}

// textsOf returns what a reason lists, made just now or read back.
func textsOf(reason words.Message, list string) (texts []string) {
	switch list := reason.Arg(list).(type) {
	case []string:
		return list
	case []any:
		for _, v := range list {
			if text, is := v.(string); is {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// movedLinks says which links end at another host than they did, from where to
// where, or nothing.
func movedLinks(seen map[string]mailings.Target, checked []links.Checked) words.Message {
	var moves []string
	for _, c := range checked {
		target, known := seen[c.URL]
		if from, moved := target.Moved(c.Final); known && moved && c.Final != "" {
			moves = append(moves, fmt.Sprintf("%s: %s → %s", c.URL, from, links.HostOf(c.Final)))
		}
	}
	if len(moves) == 0 {
		return words.Message{}
	}
	slices.Sort(moves)
	return words.Of("hold.link_moved", "moves", moves)
}

// followLinks checks the links of a mail that can be made, each once.
func (p *Preflight) followLinks(ctx context.Context, label labels.ID, content *mailings.Content) ([]links.Checked, error) {
	asked, err := p.approval.Permitted.Asked(ctx, label, content, p.compiler)
	if err != nil || p.follow == nil {
		return nil, err
	}
	return links.Check(ctx, p.follow, asked)
}
