package templates

import (
	"context"
	"errors"
	"slices"
	"time"

	"keur/internal/mjml"
	"keur/internal/words"
	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/text"
)

const maxSource = 256 << 10 // bytes of a template or block, far above what may be sent

// Compiler compiles inputs. It is safe for many goroutines.
type Compiler struct {
	mjml *mjml.Engine

	programs    cache[compiled]
	conversions cache[converted]
}

// NewCompiler returns a compiler that converts a source of MJML no longer than
// patience. MJML is loaded when it is first needed, or by Warm.
func NewCompiler(patience time.Duration) *Compiler {
	return &Compiler{mjml: mjml.NewEngine(2, patience)}
}

// Warm loads MJML, which takes a good part of a second. A process that sends
// does so when it starts, so that no mailing waits for it at its slot.
func (c *Compiler) Warm() error { return c.mjml.Warm() }

// Compile compiles the input to a Program and returns all findings of lint,
// blocking ones first. It returns an Invalid fault and no Program when the
// source can't be understood. With a Program there may still be findings that
// block: these can be previewed and must not be sent. What was compiled lately
// is at hand.
func (c *Compiler) Compile(ctx context.Context, in Input) (*Program, []lint.Finding, error) {
	k := keyOf(&in)
	if known, ok := c.programs.get(k); ok {
		return known.program, slices.Clone(known.findings), nil
	}
	p, findings, err := c.compile(ctx, in)
	if err == nil {
		c.programs.put(k, compiled{p, slices.Clone(findings)})
	}
	return p, findings, err
}

// compile is Compile from the source.
func (c *Compiler) compile(ctx context.Context, in Input) (*Program, []lint.Finding, error) {
	r := &lint.Report{}
	in.check(r)
	s := newScanner(&in, r)
	f := s.newSource()
	f.Unroll(in.offers(s.base))
	if in.Format == MJML && !r.Failed() {
		if err := c.toHTML(ctx, s, f); err != nil {
			return nil, r.Findings(), err
		}
	}
	if r.Failed() {
		return nil, r.Findings(), r.Err()
	}
	s.scan(f, f.Text, 0, f.place)
	s.CloseIfs(0)
	s.lintPlacements()
	s.lintOffers()
	preheader := lang.NewSource("preheader", in.Preheader, false, s.base, r)
	markup := framed(lang.Prune(s.Pieces), lang.Prune(lang.Line(preheader, lang.EscapeHTML)))
	texts := []lang.OutlineText{{Variant: -1, Pieces: markup}}
	p := &Program{Pictures: s.pictures.all, Inlined: s.pictures.inlined}
	for i, sub := range in.Subjects {
		pieces := s.header(lint.SubjectPart(sub.Key), sub.Text)
		p.subjects = append(p.subjects, subject{sub.Key, lang.Compile(pieces, nil)})
		texts = append(texts, lang.OutlineText{Variant: i, Pieces: pieces})
	}
	p.preheader = lang.Compile(s.header("preheader", in.Preheader), nil)
	if r.Failed() {
		return nil, r.Findings(), r.Err()
	}
	p.Links = keepLinks(markup, s.links)
	markup = annotated(s, p, markup)
	plain, err := text.Part(markup, p.Links, in.Label.Locale)
	if err != nil {
		wrong := words.OfError(err)
		r.Fail(lang.Position{}, "html", wrong.Key, wrong.Args...)
		return nil, r.Findings(), r.Err()
	}
	for _, l := range p.Links {
		part := ""
		if l.Placement != "" {
			part = lint.PlacementPart(l.Placement)
		}
		lint.LinkText(r, part, l.Text, l.URL)
	}
	p.body, p.Fields, p.Vouchers = bodyOf(plain, markup), s.base.Fields(), s.base.Vouchers()
	p.Outline = lang.NewOutline(s.base, len(in.Subjects), texts...)
	p.markup, p.plain = markup, plain
	if err := errors.Join(s.lintLaw(markup, plain), s.lintFaces(p)); err != nil {
		return nil, r.Findings(), err
	}
	return p, r.Findings(), nil
}

// check refuses inputs that can't be compiled whatever their source says.
func (in *Input) check(r *lint.Report) {
	switch {
	case in.Format == "" && in.Source == "":
		r.Fail(lang.Position{}, "no_template", "templates.not_chosen")
	case in.Format != HTML && in.Format != MJML:
		r.Fail(lang.Position{}, "format", "templates.format_of_input", "format", in.Format)
	}
	if len(in.Source) > maxSource {
		r.Fail(lang.Position{}, "source_size", "templates.source_range", "most", maxSource)
		in.Source = ""
	}
	var keys []string
	for _, p := range in.Placements {
		if p.Key == "" || slices.Contains(keys, p.Key) {
			r.Fail(lang.Position{}, "placement_key", "templates.placement_keys", "key", p.Key)
		}
		keys = append(keys, p.Key)
		if len(p.HTML)+len(p.Heading)+len(p.Text)+len(p.Button) > maxSource {
			r.Fail(lang.Position{Part: lint.PlacementPart(p.Key)}, "source_size", "templates.block_range", "most", maxSource)
		}
	}
	if len(in.Subjects) == 0 {
		r.Block(lang.Position{Part: "subject"}, "no_subject", "templates.subject_missing")
	}
}

// lintPlacements finds placements that the template doesn't show.
func (s *scanner) lintPlacements() {
	for _, p := range s.in.Placements {
		if !s.placed[p.Key] {
			s.report.Block(lang.Position{}, "placement_missing", "templates.placement_nowhere", "placement", p.Key)
		}
	}
}
