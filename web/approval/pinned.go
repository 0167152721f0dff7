package approval

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"keur/approval/comments"
	"keur/mailings"
	"keur/templates/lang"
	"keur/web/desk"
	"keur/web/desk/reviews"
)

// field is what a comment may be about, with its name.
type field struct{ Value, Name string }

// fieldsOf returns what a comment on the content may be about.
func fieldsOf(x *desk.Exchange, c *mailings.Content) (all []field) {
	for _, f := range comments.Fields() {
		all = append(all, field{string(f), x.Say.Of("difference", string(f))})
	}
	for _, p := range c.Placements {
		f := comments.OfPlacement(p.Key)
		all = append(all, field{string(f), reviews.PinnedAt(x, f, c)})
	}
	return all
}

// About names what a thread is about; "" for the mail as a whole.
func (r reviewView) About(f comments.Field) string {
	for _, one := range r.Fields {
		if one.Value == string(f) {
			return one.Name
		}
	}
	return f.Placement()
}

// asked is a change that was asked for in an earlier round, with what became of it.
type asked struct {
	comments.Thread
	Number      int    // among the threads, from 1
	About       string // the field's name; "": the mail as a whole
	Mine        bool   // who looks asked for it
	Since       int    // number of the revision in which it was asked
	Differences []mailings.Difference
}

// askedBefore returns the changes that were asked for on what was put up before:
// all of the user's own until they call them resolved, and those of others that were
// answered with this revision.
func (s *Screen) askedBefore(x *desk.Exchange, view *reviewView) (all []asked, err error) {
	olds := map[mailings.RevisionID]*mailings.Content{}
	for i, t := range view.Threads {
		reply, mine := t.Reply(), t.Actor == x.User.ID.Actor()
		if !t.Pinned() || t.Settled() || reply == nil || !mine && reply.RevisionID != view.Revision.ID {
			continue
		}
		old := olds[t.RevisionID]
		if old == nil {
			content, err := s.Mailings.Content(x.Context(), t.RevisionID)
			if err != nil {
				return nil, err
			}
			old = &content
			olds[t.RevisionID] = old
		}
		all = append(all, asked{
			Thread: t, Number: i + 1, Mine: mine, Since: t.Comment.Number, About: reviews.PinnedAt(x, t.Field, &view.Content, old),
			Differences: desk.Timed(x, mailings.DifferencesAt(string(t.Field), old, &view.Content), old, &view.Content),
		})
	}
	return all, nil
}

// pinnedIn returns which placement of the mail the element at a path stands in, or
// "": in none, or in more than one.
func pinnedIn(x *desk.Exchange, s *Screen, r mailings.RevisionID, path string) (comments.Field, error) {
	content, err := s.Mailings.Content(x.Context(), r)
	if err != nil {
		return "", err
	}
	preview, err := s.Proofs.PreviewContent(x.Context(), content, 0, 0)
	if err != nil {
		return "", err
	}
	program, _, _, err := content.Compile(x.Context(), s.Compiler)
	if err != nil {
		return "", err
	}
	key := placementAt(preview.HTML, path, program.Links, content.Placements)
	if key == "" {
		return "", nil
	}
	return comments.OfPlacement(key), nil
}

// placementAt returns the key of the placement that an element of a mail belongs
// to: the one of which the smallest element around it, within the body, has links
// or the picture; "" where there is none, or more than one.
func placementAt(mail, path string, links []lang.Link, placements []mailings.Placement) string {
	page, err := html.Parse(strings.NewReader(mail))
	if err != nil {
		return ""
	}
	for n := elementAt(page, path); n != nil && n.Data != "body"; n = n.Parent {
		found := map[string]bool{}
		for d := range n.Descendants() {
			note(found, d, links, placements)
		}
		note(found, n, links, placements)
		if len(found) > 1 {
			return ""
		}
		for key := range found {
			return key
		}
	}
	return ""
}

// note notes of which placement an element is the link or the picture.
func note(found map[string]bool, n *html.Node, links []lang.Link, placements []mailings.Placement) {
	for _, a := range n.Attr {
		switch {
		case n.Data == "a" && a.Key == "href":
			for _, l := range links {
				if l.Placement != "" && (l.URL == a.Val || l.Personal() && l.Parts[0] != "" && strings.HasPrefix(a.Val, l.Parts[0])) {
					found[l.Placement] = true
				}
			}
		case n.Data == "img" && a.Key == "src":
			for _, p := range placements {
				if p.Creative != "" && strings.Contains(a.Val, p.Creative) {
					found[p.Key] = true
				}
			}
		}
	}
}

// step is one step on the way to an element, as review.js writes it.
var step = regexp.MustCompile(`^([a-z0-9]+):nth-child\(([0-9]{1,5})\)$`)

// elementAt returns the element at a path such as body>p:nth-child(1), or nil.
func elementAt(page *html.Node, path string) *html.Node {
	var at *html.Node
	for n := range page.Descendants() {
		if n.Type == html.ElementNode && n.Data == "body" {
			at = n
			break
		}
	}
	steps := strings.Split(path, ">")
	if at == nil || steps[0] != "body" {
		return nil
	}
	for _, one := range steps[1:] {
		parts := step.FindStringSubmatch(one)
		if parts == nil {
			return nil
		}
		number := 0
		var next *html.Node
		for child := range at.ChildNodes() {
			if child.Type != html.ElementNode {
				continue
			}
			if number++; fmt.Sprint(number) == parts[2] && child.Data == parts[1] {
				next = child
			}
		}
		if at = next; at == nil {
			return nil
		}
	}
	return at
}
