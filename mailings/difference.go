package mailings

import (
	"fmt"
	"slices"
	"strings"

	"keur/mailings/attachments"
	"keur/mailings/schedules"
	"keur/segments"
)

// Difference is one thing that two contents say differently. Before is empty
// for what was added, After for what was taken away; both are where it can't be
// said in a line, as of a template's source.
type Difference struct {
	What   string // subject, preheader, sender, source, moment, audience …: what a page has a word for
	Of     string // which subject or placement, where there are several
	Before string
	After  string
}

// Differences returns what after says otherwise than before, in the order in
// which a mailing is read.
func Differences(before, after *Content) []Difference {
	d := differences{}
	d.subjects(before.Subjects, after.Subjects)
	d.line("preheader", "", before.Preheader, after.Preheader)
	d.line("sender", "", before.Sender.String(), after.Sender.String())
	d.source(&before.Template, &after.Template)
	d.placements(before.Placements, after.Placements)
	d.attachments(before.Attachments, after.Attachments)
	d.audience(&before.Audience, &after.Audience)
	d.schedule(&before.Schedule, &after.Schedule)
	d.line("imprint", "", before.Label.ImprintName+", "+before.Label.ImprintAddress,
		after.Label.ImprintName+", "+after.Label.ImprintAddress)
	return d
}

// DifferencesAt returns what after says otherwise than before at one place:
// subject, preheader, sender, source (the template), attachments, audience, moment,
// or placement:KEY. For any other it is all that differs.
func DifferencesAt(place string, before, after *Content) []Difference {
	d := differences{}
	switch key, placed := strings.CutPrefix(place, "placement:"); {
	case placed:
		only := func(c *Content) []Placement {
			return slices.DeleteFunc(slices.Clone(c.Placements), func(p Placement) bool { return p.Key != key })
		}
		d.placements(only(before), only(after))
	case place == "subject":
		d.subjects(before.Subjects, after.Subjects)
	case place == "preheader":
		d.line(place, "", before.Preheader, after.Preheader)
	case place == "sender":
		d.line(place, "", before.Sender.String(), after.Sender.String())
	case place == "source":
		d.source(&before.Template, &after.Template)
	case place == "attachments":
		d.attachments(before.Attachments, after.Attachments)
	case place == "audience":
		d.audience(&before.Audience, &after.Audience)
	case place == "moment":
		d.schedule(&before.Schedule, &after.Schedule)
	default:
		return Differences(before, after)
	}
	return d
}

// String writes the sender as mail programs do.
func (s Sender) String() string { return fmt.Sprintf("%s <%s>", s.Name, s.Address) }

type differences []Difference

func (d *differences) line(what, of, before, after string) {
	if before != after {
		*d = append(*d, Difference{what, of, before, after})
	}
}

// keyed returns the keys of all, in their order, and what stands under each.
func keyed[T, V any](all []T, of func(T) (key string, value V)) (keys []string, found map[string]V) {
	found = map[string]V{}
	for _, one := range all {
		key, value := of(one)
		keys, found[key] = append(keys, key), value
	}
	return keys, found
}

func (d *differences) subjects(before, after []Subject) {
	text := func(s Subject) (string, string) { return s.Key, s.Text }
	was, old := keyed(before, text)
	is, fresh := keyed(after, text)
	for _, key := range union(was, is) {
		of := key
		if len(was) < 2 && len(is) < 2 {
			of = ""
		}
		d.line("subject", of, old[key], fresh[key])
	}
}

func (d *differences) source(before, after *Template) {
	if before.Source != after.Source {
		*d = append(*d, Difference{What: "source"})
	}
	d.partials(before.Partials, after.Partials)
}

// partials finds partial templates that came, went or were written otherwise.
func (d *differences) partials(before, after []Partial) {
	source := func(p Partial) (string, string) { return p.Name, p.Source }
	was, old := keyed(before, source)
	is, fresh := keyed(after, source)
	for _, name := range union(was, is) {
		if old[name] != fresh[name] {
			*d = append(*d, Difference{What: "partial", Of: name})
		}
	}
}

func (d *differences) placements(before, after []Placement) {
	whole := func(p Placement) (string, Placement) { return p.Key, p }
	was, old := keyed(before, whole)
	is, fresh := keyed(after, whole)
	for _, key := range union(was, is) {
		a, b := old[key], fresh[key]
		if a.Key == "" || b.Key == "" {
			d.line("placement", "", a.name(), b.name())
			continue
		}
		of := b.Advertiser
		d.line("campaign", of, a.Campaign, b.Campaign)
		d.line("heading", of, a.Heading, b.Heading)
		d.line("text", of, a.Text, b.Text)
		d.line("button", of, a.Button, b.Button)
		d.line("link", of, a.URL, b.URL)
		d.line("alt", of, a.Alt, b.Alt)
		d.line("terms", of, termsLine(a.Terms), termsLine(b.Terms))
		d.line("product", of, a.Product.line(), b.Product.line())
		d.line("gmail", of, a.gmailLine(), b.gmailLine())
		if a.Creative != b.Creative {
			*d = append(*d, Difference{What: "creative", Of: of})
		}
		if a.HTML != b.HTML {
			*d = append(*d, Difference{What: "block", Of: of})
		}
		if a.VoucherPoolID != b.VoucherPoolID {
			*d = append(*d, Difference{What: "voucher", Of: of})
		}
	}
	if sameSet(was, is) && !slices.Equal(was, is) {
		*d = append(*d, Difference{What: "order"})
	}
}

// attachments finds files that were added, removed or renamed, and those of which
// another came under the same name.
func (d *differences) attachments(before, after []attachments.File) {
	whole := func(f attachments.File) (string, attachments.File) { return f.Name, f }
	was, old := keyed(before, whole)
	is, fresh := keyed(after, whole)
	for _, name := range union(was, is) {
		a, b := old[name], fresh[name]
		switch {
		case a.Hash == "" || b.Hash == "":
			d.line("attachment", "", a.Name, b.Name)
		case a.Hash != b.Hash:
			*d = append(*d, Difference{What: "attachment_replaced", Of: name})
		}
	}
	if sameSet(was, is) && !slices.Equal(was, is) {
		*d = append(*d, Difference{What: "attachment_order"})
	}
}

func (p *Placement) name() string {
	if p.Key == "" {
		return ""
	}
	return p.Advertiser + ", " + p.Campaign
}

func termsLine(terms []Term) string {
	lines := make([]string, len(terms))
	for i, t := range terms {
		lines[i] = strings.TrimSuffix(t.String()+" "+t.Note, " ")
	}
	return strings.Join(lines, ", ")
}

func (d *differences) audience(before, after *segments.Audience) {
	d.line("audience", "", segmentNames(before.Segments), segmentNames(after.Segments))
	d.line("exclude", "", segmentNames(before.Exclude), segmentNames(after.Exclude))
	if before.MailAgain != after.MailAgain {
		*d = append(*d, Difference{What: "mail_again"})
	}
	d.line("topic", "", before.Topic, after.Topic)
	d.line("holdout", "", fmt.Sprintf("%g%%", before.HoldoutPercent), fmt.Sprintf("%g%%", after.HoldoutPercent))
	d.line("cap", "", fmt.Sprint(before.Cap), fmt.Sprint(after.Cap))
	if !slices.Equal(before.ExcludeMailings, after.ExcludeMailings) {
		*d = append(*d, Difference{What: "exclude_mailings"})
	}
}

// segmentNames names segments with their versions, which change with the rule.
func segmentNames(refs []segments.SegmentRef) string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = ref.Name
		if ref.Version > 1 {
			names[i] += fmt.Sprintf(" (%d)", ref.Version)
		}
	}
	return strings.Join(names, ", ")
}

func (d *differences) schedule(before, after *schedules.Schedule) {
	d.line("moment", "", before.Moment(), after.Moment())
	d.line("pace", "", fmt.Sprint(before.PerMinute), fmt.Sprint(after.PerMinute))
	d.line("window", "", before.Window.String(), after.Window.String())
	d.line("member_local", "", fmt.Sprint(before.MemberLocal), fmt.Sprint(after.MemberLocal))
}

// union returns all keys, those of the second list in its order first.
func union(before, after []string) []string {
	all := slices.Clone(after)
	for _, key := range before {
		if !slices.Contains(all, key) {
			all = append(all, key)
		}
	}
	return all
}

func sameSet(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(key string) bool { return !slices.Contains(b, key) })
}
