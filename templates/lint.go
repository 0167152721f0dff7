package templates

import (
	"slices"
	"strings"
	"unicode"
)

// Sizes of the HTML after links are rewritten: Gmail clips at 102,400 bytes.
const (
	warnSize  = 95_000
	blockSize = 102_000
)

const maxSubject = 60 // characters that most inboxes show

// lintPlacements finds placements that the template doesn't show.
func (s *scanner) lintPlacements() {
	for _, p := range s.in.Placements {
		if !s.placed[p.Key] {
			s.report.block(position{}, "placement_missing", "the placement %q isn't in the mailing: write {{placements}} where it belongs", p.Key)
		}
	}
}

// lintProgram finds what can only be judged by the mailing as it is sent.
func (s *scanner) lintProgram(p *Program) error {
	sample := p.Sample(nil)
	shown, err := p.Preview(0, sample, DeadURLs{Base: s.in.Label.PublicURL})
	if err != nil {
		return err
	}
	if n := len(shown.HTML); n > blockSize {
		s.report.block(position{}, "size", "the HTML has %d bytes; above %d Gmail cuts it off", n, blockSize)
	} else if n > warnSize {
		s.report.warn(position{}, "size", "the HTML has %d bytes; above %d it can't be sent", n, blockSize)
	}
	s.lintNames(squeeze(shown.Text + " " + shown.HTML))
	for i, sub := range p.subjects {
		s.lintSubject(sub.key, p.SubjectText(i, sample))
	}
	return nil
}

// lintNames finds out whether the mailing names who sends and who advertises.
func (s *scanner) lintNames(shown string) {
	if squeeze(s.in.Label.Imprint) == "" {
		s.report.block(position{}, "imprint", "the label has no imprint, which every mail must show")
	}
	for line := range strings.Lines(s.in.Label.Imprint) {
		if line = squeeze(line); line != "" && !strings.Contains(shown, line) {
			s.report.block(position{}, "imprint", "the imprint is missing: add {{label.imprint}}")
			break
		}
	}
	for _, p := range s.in.Placements {
		if name := squeeze(p.Advertiser); name != "" && s.placed[p.Key] && !strings.Contains(shown, name) {
			s.report.warn(position{part: partOf(p.Key)}, "advertiser", "%s isn't named, though it is the advertiser: add {{campaign.advertiser}}", p.Advertiser)
		}
	}
}

// squeeze makes texts comparable: lower case, each white space one space.
func squeeze(s string) string {
	s = strings.NewReplacer("&amp;", "&", "&#39;", "'", "&#34;", `"`, "\u00A0", " ", "<br>", " ").Replace(s)
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

// lintSubject finds subjects that are cut off or look like spam.
func (s *scanner) lintSubject(key, text string) {
	at := position{part: "subject[" + key + "]"}
	var letters, capitals, length int
	for _, r := range text {
		length++
		if unicode.IsLetter(r) {
			letters++
			if unicode.IsUpper(r) {
				capitals++
			}
		}
	}
	switch {
	case strings.TrimSpace(text) == "":
		s.report.block(at, "no_subject", "the subject is empty")
	case length > maxSubject:
		s.report.warn(at, "subject_long", "the subject has %d characters; most inboxes show %d", length, maxSubject)
	}
	if letters >= 8 && capitals*5 > letters*4 {
		s.report.warn(at, "subject_capitals", "a subject in capitals looks like spam")
	}
	if strings.Count(text, "!") > 1 {
		s.report.warn(at, "subject_exclamations", "a subject with several exclamation marks looks like spam")
	}
	s.lintLine(at, text)
}

// lintLine finds misspelt tags in a text of one line.
func (s *scanner) lintLine(at position, text string) {
	if m := misspelt.FindString(text); m != "" {
		s.report.block(at, "merge_tag", "%q would be sent as it is: tags are written like {{member.first_name}}", m)
	}
}

// Sample returns a recipient for previews with the values by field name, and
// codes that nobody can use.
func (p *Program) Sample(values map[string]string) *Recipient {
	r := &Recipient{Values: make([]string, len(p.fields)), Vouchers: slices.Repeat([]string{"TEST-1234"}, len(p.vouchers))}
	for i, name := range p.fields {
		r.Values[i] = values[name]
	}
	return r
}
