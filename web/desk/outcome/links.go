package outcome

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/mailings"
	"keur/reports"
	"keur/templates/lang"
	"keur/web/desk"
)

// Link is what came of one link of a mail, by what readers click on.
type Link struct {
	reports.Part
	Text  string // what they click on; "" where the mail doesn't say, as of a picture without words
	Place string // the block in which it stands, by its heading or campaign; "" in none
	Short string // where it leads, without what only programs read
	Spot  int    // among the mail's links from its top, from 1; 0: it isn't in the mail any more
}

// links reads what came of each link, and what each is called in the mail as it
// reads now.
func (s Reader) links(x *desk.Exchange, view *View, only reports.Filter) error {
	parts, err := s.Reports.Outcomes.Breakdown(x.Context(), reports.Links, only)
	if err != nil {
		return err
	}
	m, err := s.Mailings.Get(x.Context(), view.Of.Mailing)
	if err != nil {
		return err
	}
	var content mailings.Content
	var called []lang.Link
	if m.RevisionID != nil {
		if content, err = s.Mailings.Content(x.Context(), *m.RevisionID); err != nil {
			return err
		}
		switch program, _, _, err := content.Compile(x.Context(), s.Compiler); {
		case err == nil:
			called = program.Links
			saySubjects(view.Variants, content.Subjects, func(i int) string { return program.SubjectText(i, program.Typical()) })
		case !fault.Is(err, fault.Invalid): // then it tells no names, and the addresses are told
			return err
		}
	}
	for _, p := range parts {
		view.Links = append(view.Links, linkOf(p, &content, called))
	}
	return nil
}

// saySubjects has the variants named by what a member reads, where the subject that
// went out is still the mailing's, and not by its source.
func saySubjects(variants []reports.Part, subjects []mailings.Subject, read func(i int) string) {
	for i := range variants {
		n, err := strconv.Atoi(variants[i].Key)
		if err == nil && n < len(subjects) && subjects[n].Text == variants[i].Name {
			variants[i].Name = read(n)
		}
	}
}

// linkOf names a link by what the mail's own says that stands in its spot, or
// another to the same address in its block.
func linkOf(p reports.Part, content *mailings.Content, called []lang.Link) Link {
	l := Link{Part: p, Short: shortOf(p.Name)}
	for _, c := range called {
		if c.URL != p.Name || c.Placement != p.Placement {
			continue
		}
		if strconv.Itoa(c.Index) == p.Key {
			l.Spot = c.Index + 1
		}
		if l.Text == "" || l.Spot == c.Index+1 {
			l.Text = strings.Join(strings.Fields(c.Text), " ")
		}
	}
	if placed, is := content.Placement(p.Placement); is {
		l.Place = cmp.Or(placed.Heading, placed.Campaign)
	}
	return l
}

// shortOf returns an address without its scheme, its query and what stands behind.
func shortOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.Path, "/")
}
