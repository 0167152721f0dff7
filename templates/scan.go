package templates

import (
	"errors"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// scanner turns marked markup into pieces. It changes nothing but tags and the
// addresses of counted links: every other byte passes as it is, apart from
// ordinary comments, which are dropped.
type scanner struct {
	in     *Input
	report *report
	base   *scope
	pieces []piece
	links  []Link
	ifs    []openIf

	places  int  // how many places there were
	comment bool // inside a conditional comment
	placed  map[string]bool
	shown   []string // keys of placements, in reading order
}

// fragment is a run of markup with its own scope.
type fragment struct {
	*marked
	scope     *scope
	placement string
	place     int // of its text
	nodes     []*node
	raw       string // inside this raw-text element: style, title, script
}

func newScanner(in *Input, base *scope, r *report) *scanner {
	return &scanner{in: in, report: r, base: base, placed: map[string]bool{}}
}

func (s *scanner) newFragment(m *marked, sc *scope, placement string) *fragment {
	return &fragment{marked: m, scope: sc, placement: placement, place: s.newPlace(), nodes: make([]*node, len(m.tags))}
}

// node returns tag n, parsed. Tags in comments that are dropped never are, so
// that anything may stand there.
func (s *scanner) node(f *fragment, n int) node {
	if f.nodes[n] == nil {
		parsed, err := parseTag(f.tags[n].body, f.scope)
		if err != nil {
			code := "bad_tag"
			if errors.As(err, new(unknownField)) {
				code = "unknown_field"
			}
			s.report.fail(f.tags[n].at, code, "%s", err)
			parsed = meant(f.tags[n].body)
		}
		f.nodes[n] = &parsed
	}
	return *f.nodes[n]
}

// meant returns what a tag with a fault was to be, so that its end isn't a
// second fault.
func meant(body string) node {
	switch {
	case strings.HasPrefix(body, "if"):
		return node{kind: nodeIf}
	case strings.HasPrefix(body, "else"):
		return node{kind: nodeElse, cond: &cond{value: &value{source: fromMember, slot: -1}}}
	}
	return node{value: &value{typ: Text}}
}

func (s *scanner) newPlace() int {
	s.places++
	return s.places
}

// scan adds the pieces of text, which stands at offset of the fragment.
func (s *scanner) scan(f *fragment, text string, offset, place int) {
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(0)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if len(z.Raw()) > 0 {
				s.report.fail(f.position(offset), "not_closed", "this element lacks its >, or an attribute its closing quote")
			}
			return
		}
		raw := string(z.Raw())
		switch kind {
		case html.TextToken:
			if f.raw != "" {
				s.text(f, raw, offset, s.newPlace()) // an if within a title ends there
			} else {
				s.text(f, raw, offset, place)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			s.startTag(f, raw, offset)
		case html.EndTagToken:
			s.endTag(f, raw, offset)
		case html.CommentToken:
			s.commentToken(f, raw, offset)
		default:
			s.add(raw)
		}
		offset += len(raw)
	}
}

// text adds what stands between tags, or inside a raw-text element.
func (s *scanner) text(f *fragment, text string, offset, place int) {
	for text != "" {
		before, n, after := cutMark(text)
		if f.raw == "" {
			s.lintSpelling(f, before, offset)
		}
		offset += len(text) - len(after)
		s.add(before)
		if n < 0 {
			return
		}
		at := f.tags[n].at
		switch node := s.node(f, n); {
		case f.raw == "style":
			s.styleValue(node, at)
		case f.raw != "" && f.raw != "title":
			s.report.fail(at, "tag_in_script", "a tag can't stand inside <%s>", f.raw)
		case node.kind == nodePlacements:
			s.placements(f, node.key, at)
		case node.kind == nodeValue:
			s.addValue(node.value, at, escapeHTML, place)
		default:
			s.control(node, at, escapeHTML, place)
		}
		text = after
	}
}

var plainStyle = regexp.MustCompile(`^[#A-Za-z0-9 .,%-]*$`)

// styleValue adds a value inside CSS: only one of ours, and only a plain word,
// since a member's data could call up addresses from there.
func (s *scanner) styleValue(n node, at position) {
	if n.kind != nodeValue || n.value.source != fromInput {
		s.report.fail(at, "tag_in_style", "styles can't hold a member's data or an if: put the if around the element")
		return
	}
	text := string(n.value.append(nil, &Recipient{}, nil))
	if !plainStyle.MatchString(text) {
		s.report.fail(at, "tag_in_style", "%q can't stand in a style", text)
		return
	}
	s.add(text)
}

func (s *scanner) endTag(f *fragment, raw string, offset int) {
	name := tagName(raw[2:])
	if f.raw == name {
		f.raw = ""
	}
	if name == "body" && !s.comment {
		s.pieces = append(s.pieces, piece{kind: pieceBottom})
	}
	s.refuseMarks(f, raw)
	s.add(raw)
}

// refuseMarks refuses tags where neither text nor a value stands.
func (s *scanner) refuseMarks(f *fragment, raw string) {
	if _, n, _ := cutMark(raw); n >= 0 {
		s.report.fail(f.tags[n].at, "tag_in_tag", "a tag can't stand between the attributes of an element: put it inside the quotes of a value, or an if around the element")
	}
}

var conditional = regexp.MustCompile(`(?s)^<!--\[if[^\]>]*\]>(.*)<!\[endif\]-->$`)

// commentToken passes conditional comments, which Outlook reads as markup, and
// drops the rest.
func (s *scanner) commentToken(f *fragment, raw string, offset int) {
	switch inner := conditional.FindStringSubmatchIndex(raw); {
	case inner != nil && !s.comment:
		s.comment = true
		open := len(s.ifs)
		s.add(raw[:inner[2]])
		s.scan(f, raw[inner[2]:inner[3]], offset+inner[2], s.newPlace())
		s.closeIfs(open)
		s.add(raw[inner[3]:])
		s.comment, f.raw = false, ""
	case strings.HasPrefix(raw, "<!--") && !strings.HasPrefix(raw, "<!--[if") && !strings.Contains(raw, "<![endif]"):
	default:
		s.refuseMarks(f, raw)
		s.add(raw)
	}
}

// placements adds the blocks of all placements, or of the one with the key.
func (s *scanner) placements(f *fragment, key string, at position) {
	if f.placement != "" {
		s.report.fail(at, "placement_nested", "a placement's block can't hold placements")
		return
	}
	if s.comment {
		s.report.fail(at, "placement_in_comment", "placements can't stand in a conditional comment")
		return
	}
	found := false
	for i := range s.in.Placements {
		p := &s.in.Placements[i]
		if key != "" && p.Key != key || key == "" && s.placed[p.Key] {
			continue
		}
		found = true
		if s.placed[p.Key] {
			s.report.fail(at, "placement_twice", "the placement %q is already in the mailing", p.Key)
			continue
		}
		if len(s.shown) > 0 && key == "" {
			s.add(divider)
		}
		s.placed[p.Key] = true
		s.shown = append(s.shown, p.Key)
		s.placement(p)
	}
	if !found && key != "" {
		s.report.fail(at, "no_placement", "the mailing has no placement %q", key)
	}
}

// partOf names the block of a placement in findings.
func partOf(placement string) string { return "placement[" + placement + "]" }

// placement adds the block of p. Links in it belong to p.
func (s *scanner) placement(p *Placement) {
	source := p.HTML
	if source == "" {
		source = blockOf(p, s.in.Label)
	}
	f := s.newFragment(mark(partOf(p.Key), source, p.HTML == "", s.report), s.base.within(p), p.Key)
	open := len(s.ifs)
	s.scan(f, f.text, 0, f.place)
	s.closeIfs(open)
}
