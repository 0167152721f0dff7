package templates

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/visible"
)

// scanner turns marked markup into pieces. It changes nothing but tags and the
// addresses of counted links: every other byte passes as it is, apart from
// ordinary comments, which are dropped.
type scanner struct {
	*lang.Builder // Hidden: inside a conditional comment
	in            *Input
	report        *lint.Report
	base          *lang.Scope
	links         []lang.Link
	placed        map[string]bool // keys of the placements that are shown
	turns         []string        // and of those that an each shows
	chosen        []string        // of those that stand in an if
	pictures      *pictures
}

// fragment is a run of markup with its own scope.
type fragment struct {
	*lang.Source
	placement string
	place     int    // of its text
	raw       string // inside this raw-text element: style, title, script
	spelt     bool   // tags of other tools were looked for
	opens     bool   // its boxes to tick are MJML's, which accordions, carousels and menus open by
}

func newScanner(in *Input, r *lint.Report) *scanner {
	base := newScope(in)
	return &scanner{Builder: lang.NewBuilder(base, r), in: in, report: r, base: base,
		placed: map[string]bool{}, pictures: &pictures{in: in, report: r, seen: map[string]bool{}}}
}

// newScope returns the scope of the text outside placements. A solo mailing
// has one campaign, so there its names can be used everywhere.
func newScope(in *Input) *lang.Scope {
	base := lang.NewScope(in.Label.Locale, map[string]string{
		"label.name":       in.Label.Name,
		"label.imprint":    in.Label.Imprint,
		"label.public_url": in.Label.PublicURL,
		"label.accent":     in.Label.Accent,
	}, in.Fields)
	if len(in.Placements) == 1 {
		return in.Placements[0].scope(base)
	}
	return base
}

// scope returns the scope of the placement's block.
func (p *Placement) scope(base *lang.Scope) *lang.Scope {
	facts := map[string]string{"campaign.advertiser": p.Advertiser}
	for name, text := range p.Campaign {
		facts["campaign."+name] = text
	}
	return base.Within(p.Key, facts)
}

func (s *scanner) newFragment(part, source string, generated bool, scope *lang.Scope) *fragment {
	return &fragment{Source: lang.NewSource(part, source, generated, scope, s.report), place: s.NewPlace()}
}

// newSource is newFragment of the template's source with what it includes.
func (s *scanner) newSource() *fragment {
	if s.in.Format != MJML {
		return s.newFragment("", s.in.Source, false, s.base)
	}
	return &fragment{Source: lang.NewSourceOf(expand(s.in, s.report), s.base, s.report), place: s.NewPlace()}
}

// header returns the pieces of a text of one line, in the scope of the mailing.
func (s *scanner) header(part, text string) []lang.Piece {
	source := lang.NewSource(part, text, false, s.base, s.report)
	lint.Spelling(s.report, source.Text, source.Position, source.Meant)
	return lang.Prune(lang.Line(source, lang.EscapeHeader))
}

// scan adds the pieces of text, which stands at offset of the fragment.
func (s *scanner) scan(f *fragment, text string, offset, place int) {
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(0)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if len(z.Raw()) > 0 {
				s.report.Fail(f.Position(offset), "not_closed", "templates.element_unclosed")
			}
			return
		}
		raw := string(z.Raw())
		switch kind {
		case html.TextToken:
			if f.raw != "" {
				s.text(f, raw, offset, s.NewPlace()) // an if within a title ends there
			} else {
				s.text(f, raw, offset, place)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			s.startTag(f, raw, offset)
		case html.EndTagToken:
			s.endTag(f, raw)
		case html.CommentToken:
			s.commentToken(f, raw, offset)
		default:
			s.Add(raw)
		}
		offset += len(raw)
	}
}

// text adds what stands between tags, or inside a raw-text element.
func (s *scanner) text(f *fragment, text string, offset, place int) {
	switch f.raw {
	case "noscript": // mail programs run no script, and read it
		f.raw = ""
		s.scan(f, text, offset, place)
		if f.raw != "" {
			s.report.Fail(f.Position(offset), "not_closed", "templates.element_unclosed")
		}
		f.raw = "noscript"
		return
	case "style":
		if found := chooser.FindString(comment.ReplaceAllString(text, "")); found != "" && !s.report.Closed() {
			s.report.Block(s.pictures.placeOf(f, offset, found), "sheet_chooses", "templates.sheet_chooses", "what", found)
		}
		text = s.pictures.style(f, text, func(value string) lang.Position { return s.pictures.placeOf(f, offset, value) })
	}
	for text != "" {
		before, n, after := lang.CutMark(text)
		if f.raw == "" {
			f.spelling(s.report, before, offset)
		}
		offset += len(text) - len(after)
		s.Add(before)
		if n < 0 {
			return
		}
		switch {
		case f.raw == "style":
			s.styleValue(f, n)
		case f.raw != "" && f.raw != "title":
			s.report.Fail(f.TagPosition(n), "tag_in_script", "templates.tag_inside", "element", f.raw)
		case f.Tag(n).Kind == lang.Enter:
			s.enter(f, string(f.Tag(n).Text), f.TagPosition(n))
		case f.Tag(n).Kind == lang.Leave:
			f.placement = ""
		case f.Tag(n).Kind == lang.Placements:
			s.placements(f, string(f.Tag(n).Text), f.TagPosition(n))
		default:
			s.Tag(f.Source, n, lang.EscapeHTML, place)
		}
		text = after
	}
}

// spelling finds tags of other tools in a text that stands at offset.
func (f *fragment) spelling(r *lint.Report, text string, offset int) {
	if !f.spelt {
		lint.Spelling(r, text, func(i int) lang.Position { return f.Position(offset + i) }, f.Meant)
	}
}

var plainStyle = regexp.MustCompile(`^[#A-Za-z0-9 .,%-]*$`)

// styleValue adds a value inside CSS: only one of ours, and only a plain word,
// since a member's data could call up addresses from there.
func (s *scanner) styleValue(f *fragment, n int) {
	var text []byte
	ours := false
	if tag := f.Tag(n); tag.Kind == lang.Show {
		text, ours = tag.Value.Fixed()
	}
	switch {
	case !ours:
		s.report.Fail(f.TagPosition(n), "tag_in_style", "templates.style_personal")
	case !plainStyle.Match(text):
		s.report.Fail(f.TagPosition(n), "tag_in_style", "templates.tag_in_style", "tag", text)
	default:
		s.Add(string(text))
	}
}

var conditional = regexp.MustCompile(`(?s)^<!--\[if([^\]>]*)\]>(.*)<!\[endif\]-->$`)

// saying matches what is read or seen in markup, beside tags that hold nothing.
var saying = regexp.MustCompile(`(?is)<(?:img|v:fill|v:image)\b|>[^<]*[^<\s][^<]*<|^[^<]*[^<\s]|>[^<>]*[^<>\s][^<>]*$`)

// silent matches markup that is read by programs alone.
var silent = regexp.MustCompile(`(?is)<(style|xml|o:[a-z]+)\b.*?</(style|xml|o:[a-z]+)>`)

// commentToken passes conditional comments, which Outlook reads as markup, and
// drops the rest.
func (s *scanner) commentToken(f *fragment, raw string, offset int) {
	switch inner := conditional.FindStringSubmatchIndex(raw); {
	case inner != nil && !s.Hidden:
		condition, said := strings.TrimSpace(raw[inner[2]:inner[3]]), silent.ReplaceAllString(raw[inner[4]:inner[5]], "")
		if visible.ReadsNowhere(condition) && saying.MatchString(said) {
			s.report.Block(f.Position(offset), "comment_refused", "templates.comment_unread", "condition", condition)
		}
		s.Hidden = true
		open := s.OpenIfs()
		s.Add(raw[:inner[4]])
		s.scan(f, raw[inner[4]:inner[5]], offset+inner[4], s.NewPlace())
		s.CloseIfs(open)
		s.Add(raw[inner[5]:])
		s.Hidden, f.raw = false, ""
	case strings.HasPrefix(raw, "<!--") && !strings.HasPrefix(raw, "<!--[if") && !strings.Contains(raw, "<![endif]"):
	default:
		if hidesMarkup(raw) && !s.report.Closed() {
			s.report.Block(f.Position(offset), "comment_refused", "templates.comment_refused")
		}
		s.refuseTags(f, raw)
		s.Add(raw)
	}
}

// placements adds the blocks of all placements, or of the one with the key.
func (s *scanner) placements(f *fragment, key string, at lang.Position) {
	if f.placement != "" {
		s.report.Fail(at, "placement_nested", "templates.placements_within")
		return
	}
	if s.Hidden {
		s.report.Fail(at, "placement_in_comment", "templates.placements_in_comment")
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
			s.report.Fail(at, "placement_twice", "templates.placement_twice", "placement", p.Key)
			continue
		}
		if len(s.placed) > 0 && key == "" {
			s.Add(drawn("divider", block{}))
		}
		s.placed[p.Key] = true
		within(s, p.Key)
		s.placement(p)
	}
	if !found && key != "" {
		s.report.Fail(at, "no_placement", "templates.no_such_placement", "placement", key)
	}
}

// placement adds the block of p. Links in it belong to p.
func (s *scanner) placement(p *Placement) {
	source := p.HTML
	if source == "" {
		source = blockOf(p, s.in.Label)
	}
	f := s.newFragment(lint.PlacementPart(p.Key), source, p.HTML == "", p.scope(s.base))
	f.placement = p.Key
	open := s.OpenIfs()
	s.scan(f, f.Text, 0, f.place)
	s.CloseIfs(open)
}
