package templates

import (
	"context"
	"slices"
	"strings"

	"keur/internal/mjml"
)

const maxSource = 256 << 10 // bytes of a template or block, far above what may be sent

// Compiler compiles inputs. It is safe for many goroutines.
type Compiler struct {
	mjml *mjml.Engine

	programs    cache[compiled]
	conversions cache[converted]
}

// NewCompiler returns a compiler. MJML is loaded when it is first needed, or
// by Warm.
func NewCompiler() *Compiler { return &Compiler{mjml: mjml.NewEngine(2)} }

// Warm loads MJML, which takes a good part of a second. A process that sends
// does so when it starts, so that no mailing waits for it at its slot.
func (c *Compiler) Warm() error { return c.mjml.Warm() }

// Compile compiles the input to a Program and returns all findings of lint,
// blocking ones first. It returns an Invalid fault and no Program when the
// source can't be understood. With a Program there may still be findings that
// block: these can be previewed and must not be sent. What was compiled lately
// is at hand.
func (c *Compiler) Compile(ctx context.Context, in Input) (*Program, []Finding, error) {
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
func (c *Compiler) compile(ctx context.Context, in Input) (*Program, []Finding, error) {
	r := &report{}
	in.check(r)
	need := &slots{}
	s := newScanner(&in, newScope(&in, need), r)
	f := s.newFragment(mark("", in.Source, false, r), s.base, "")
	if in.Format == MJML && !r.broken {
		if err := c.toHTML(ctx, s, f); err != nil {
			return nil, r.sorted(), err
		}
	}
	if r.broken {
		return nil, r.sorted(), r.err()
	}
	s.scan(f, f.text, 0, f.place)
	s.closeIfs(0)
	s.lintPlacements()
	markup := s.framed(prune(s.pieces))
	var subjects []subject
	for _, sub := range in.Subjects {
		subjects = append(subjects, s.subjectOf(sub))
	}
	preheader := s.headerOf("preheader", Subject{Text: in.Preheader})
	if r.broken {
		return nil, r.sorted(), r.err()
	}
	s.links = keepLinks(markup, s.links)
	if !showsUnsubscribe(markup) {
		r.block(position{}, "no_unsubscribe", "nobody can unsubscribe: add a link to {{unsubscribe_url}}, outside of any if")
	}
	text, err := textPart(markup, s.links)
	if err != nil {
		r.fail(position{}, "html", "%s", err)
		return nil, r.sorted(), r.err()
	}
	p := &Program{
		body: bodyOf(text, markup), subjects: subjects, preheader: preheader, links: s.links,
		fields: need.fields, vouchers: need.vouchers, placements: s.shown,
	}
	if err := s.lintProgram(p); err != nil {
		return nil, r.sorted(), err
	}
	return p, r.sorted(), nil
}

// check refuses inputs that can't be compiled whatever their source says.
func (in *Input) check(r *report) {
	if in.Format != HTML && in.Format != MJML {
		r.fail(position{}, "format", "the format is html or mjml, not %q", in.Format)
	}
	if len(in.Source) > maxSource {
		r.fail(position{}, "source_size", "the source has more than %d bytes", maxSource)
		in.Source = ""
	}
	var keys []string
	for _, p := range in.Placements {
		if p.Key == "" || slices.Contains(keys, p.Key) {
			r.fail(position{}, "placement_key", "each placement needs a key of its own, and %q is not", p.Key)
		}
		keys = append(keys, p.Key)
		if len(p.HTML)+len(p.Heading)+len(p.Text)+len(p.Button) > maxSource {
			r.fail(position{part: partOf(p.Key)}, "source_size", "the block has more than %d bytes", maxSource)
		}
	}
	if len(in.Subjects) == 0 {
		r.block(position{part: "subject"}, "no_subject", "the mailing has no subject")
	}
}

// The preheader is hidden at the top. Behind it comes white space, so that
// inboxes don't fill up their line with the text below.
const (
	preheaderOpen  = `<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all;font-size:1px;line-height:1px;color:transparent">`
	preheaderSpace = "&zwnj;&nbsp;"
	preheaderClose = "</div>\n"
	preheaderFill  = 60
	pixelOpen      = `<img src="`
	pixelClose     = `" width="1" height="1" alt="" border="0" style="display:block;width:1px;height:1px;border:0">`
	honeypotOpen   = `<a href="`
	honeypotClose  = `" style="display:none;mso-hide:all;font-size:0;line-height:0" tabindex="-1" aria-hidden="true"></a>`
	pixelLimit     = 95_000 // bytes before the pixel; RECEIVERS: it stands before byte 100,000
)

// framed returns the markup's pieces with the preheader after <body>, and the
// hidden link and the pixel before </body>, or at the top when the document is
// long.
func (s *scanner) framed(pieces []piece) []piece {
	top, bottom := 0, len(pieces)
	for i, p := range pieces {
		switch p.kind {
		case pieceTop:
			top = i
		case pieceBottom:
			bottom = i
		}
	}
	bottom = max(top, bottom)
	// Programs that check mail follow every link, also the one that nobody sees.
	pixel := []piece{
		staticPiece(honeypotOpen),
		{kind: pieceHoneypot, esc: escapeAttribute},
		staticPiece(honeypotClose),
		staticPiece(pixelOpen),
		{kind: piecePixel, esc: escapeAttribute},
		staticPiece(pixelClose),
	}
	var early, late []piece
	if sizeOf(pieces[:bottom]) < pixelLimit {
		late = pixel
	} else {
		early = pixel
	}
	return slices.Concat(pieces[:top], s.preheader(), early, pieces[top:bottom], late, pieces[bottom:])
}

func (s *scanner) preheader() []piece {
	text := strings.TrimSpace(s.in.Preheader)
	if text == "" {
		return nil
	}
	return slices.Concat(
		[]piece{staticPiece(preheaderOpen)},
		s.line("preheader", text, escapeHTML),
		[]piece{staticPiece(strings.Repeat(preheaderSpace, preheaderFill) + preheaderClose)})
}

// sizeOf estimates how many bytes pieces become.
func sizeOf(pieces []piece) int {
	n := 0
	for _, p := range pieces {
		switch p.kind {
		case pieceStatic:
			n += len(p.text)
		case pieceLink:
			n += 100
		case pieceValue:
			n += 40
		}
	}
	return n
}

// CheckLinks asks check about each address that p leads to, and returns a
// finding for each that doesn't answer. Check must be bounded in time.
func CheckLinks(ctx context.Context, p *Program, check func(ctx context.Context, url string) error) []Finding {
	var r report
	asked := map[string]bool{}
	for _, l := range p.links {
		if asked[l.URL] {
			continue
		}
		asked[l.URL] = true
		if err := check(ctx, l.URL); err != nil {
			part := ""
			if l.Placement != "" {
				part = partOf(l.Placement)
			}
			r.block(position{part: part}, "link_dead", "the link %q to %s doesn't answer: %s", l.Text, l.URL, err)
		}
	}
	return r.sorted()
}
