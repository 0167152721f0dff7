package templates

import (
	"regexp"
	"slices"
	"strings"

	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/markup"
)

// startTag adds an element's start tag, with its values escaped and its link
// counted.
func (s *scanner) startTag(f *fragment, raw string, offset int) {
	name := markup.TagName(raw[1:])
	list := markup.Attributes(raw)
	if !f.opens || !isSwitch(name, list) {
		lint.Element(s.report, f.Source, name, list, offset, !s.Hidden)
	}
	if around := f.Text[:offset]; strings.HasSuffix(around, "<") && strings.HasPrefix(f.Text[min(offset+len(raw), len(f.Text)):], ">") {
		f.spelling(s.report, "<"+raw+">", offset-1) // <<First Name>>
	} else {
		f.spelling(s.report, raw, offset)
	}
	done := 0
	for _, a := range list {
		role := markup.RoleOf(name, a.Name, a.Value)
		isLink := role == markup.Followed
		value, changed := s.pictures.resource(f, name, a, role, offset)
		_, tag, _ := lang.CutMark(value)
		if !isLink && tag < 0 && !changed {
			continue
		}
		before := raw[done:a.Start]
		s.refuseTags(f, before)
		s.Add(before)
		if !a.Quoted {
			if tag >= 0 { // a space in a member's name would begin a new attribute
				s.report.Fail(f.TagPosition(tag), "unquoted", "templates.attribute_unquoted")
			}
			s.Add(`"`)
			value = strings.ReplaceAll(value, `"`, "&quot;")
		}
		switch {
		case tag < 0 && changed:
			s.Add(value)
		case isLink:
			s.link(f, value, offset+a.Start, isUncounted(list, f.Text[min(offset+len(raw), len(f.Text)):]))
		default:
			s.attribute(f, a.Name, value)
		}
		if !a.Quoted {
			s.Add(`"`)
		}
		done = a.End
	}
	s.refuseTags(f, raw[done:])
	s.Add(raw[done:])
	switch name {
	case "style", "script", "title", "textarea", "iframe", "noembed", "noframes", "noscript", "xmp", "plaintext":
		f.raw = name
	case "body":
		if !s.Hidden {
			s.Pieces = append(s.Pieces, lang.Piece{Kind: lang.Top})
		}
	}
}

// spoken are attributes whose words a person reads or hears. A member's data
// elsewhere would let a style sheet choose what is shown, by no condition that
// the faces of a mail are derived from.
var spoken = []string{"alt", "aria-label", "title"}

// isOurs reports whether a tag shows a value that is the same for everyone.
func isOurs(tag lang.Piece) bool {
	_, ours := tag.Value.Fixed()
	return ours
}

// chooser matches what a style sheet could tell members apart by: the words of
// spoken attributes, what is empty, and a spelling that hides these.
var chooser = regexp.MustCompile(`(?i)\[[^\]]*(?:\b(?:alt|aria-label|title)\b|\\)[^\]]*\]|:(?:\\|(?:empty|has|lang|dir)\b)`)

// comment matches a comment of a style sheet.
var comment = regexp.MustCompile(`(?s)/\*.*?\*/`)

// attribute adds a value that holds tags.
func (s *scanner) attribute(f *fragment, name, value string) {
	switch {
	case markup.IsAddress(name):
		s.address(f, value)
		return
	case strings.HasPrefix(name, "on"):
		s.refuseTags(f, value)
		return
	}
	place := s.NewPlace()
	for value != "" {
		before, n, after := lang.CutMark(value)
		s.Add(before)
		if n < 0 {
			return
		}
		switch tag := f.Tag(n); {
		case tag.Kind == lang.Enter, tag.Kind == lang.Leave:
			s.report.Fail(f.TagPosition(n), "each_in_attribute", "templates.each_here")
		case tag.Kind == lang.Placements:
			s.report.Fail(f.TagPosition(n), "placement_in_attribute", "templates.placements_in_attribute")
		case name == "style":
			s.styleValue(f, n)
		case tag.Kind == lang.Show && !isOurs(tag) && !slices.Contains(spoken, name):
			s.report.Fail(f.TagPosition(n), "personal_attribute", "templates.attribute_personal", "attribute", name)
		default:
			s.Tag(f.Source, n, lang.EscapeAttribute, place)
		}
		value = after
	}
}

func (s *scanner) endTag(f *fragment, raw string) {
	name := markup.TagName(raw[2:])
	if f.raw == name {
		f.raw = ""
	}
	if name == "body" && !s.Hidden {
		s.Pieces = append(s.Pieces, lang.Piece{Kind: lang.Bottom})
	}
	if name == "head" && !s.Hidden && f.raw == "" && s.OpenIfs() == 0 {
		s.Pieces = append(s.Pieces, lang.Piece{Kind: lang.Head})
	}
	s.refuseTags(f, raw)
	s.Add(raw)
}

// refuseTags refuses tags where neither text nor a value stands.
func (s *scanner) refuseTags(f *fragment, raw string) {
	if _, n, _ := lang.CutMark(raw); n >= 0 {
		s.report.Fail(f.TagPosition(n), "tag_in_tag", "templates.tag_between_attributes")
	}
}
