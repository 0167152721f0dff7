package templates

import (
	"strings"

	"keur/internal/words"
	"keur/templates/faces"
	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/visible"
)

// lintLaw finds what the law and receivers demand and not everybody would see,
// whichever way the ifs go: in the HTML, as Outlook shows it too, and in the
// text part. The sender stands in a header without ifs.
func (s *scanner) lintLaw(markup, plain []lang.Piece) error {
	html, err := visible.Markup(markup)
	if err != nil {
		return err
	}
	text := visible.Plain(plain)
	for _, wrong := range html.Wrong {
		s.report.Block(s.in.written(wrong.What), "reads_otherwise", wrong.Key, wrong.Args...)
	}
	if !html.Unsubscribes() || !text.Unsubscribes() {
		s.in.lacks(s.report, "no_unsubscribe", "templates.unsubscribe_missing", html.Unread(""))
	}
	if strings.TrimSpace(s.in.Label.Imprint) == "" {
		s.report.Block(lang.Position{}, "imprint", "templates.label_without_imprint")
	}
	for line := range strings.Lines(s.in.Label.Imprint) {
		if !html.Shows(line) || !text.Shows(line) {
			s.in.lacks(s.report, "imprint", "templates.imprint_missing", html.Unread(line))
			return nil
		}
	}
	return nil
}

// lacks notes that something isn't there for all, or what must go for that.
func (in *Input) lacks(r *lint.Report, code, key string, reasons []*visible.Reason) {
	if len(reasons) == 0 {
		r.Block(lang.Position{}, code, key)
	}
	for _, why := range reasons {
		r.Block(in.written(why.What), code, why.Key, why.Args...)
	}
}

// written returns where the source, or a placement, has those words first.
func (in *Input) written(what string) lang.Position {
	if i := strings.Index(in.Source, what); i >= 0 {
		return lang.PositionAt("", in.Source, i)
	}
	for _, p := range in.Partials {
		if i := strings.Index(p.Source, what); i >= 0 {
			return lang.PositionAt(lint.PartialPart(p.Name), p.Source, i)
		}
	}
	for _, p := range in.Placements {
		if i := strings.Index(p.HTML, what); i >= 0 {
			return lang.PositionAt(lint.PlacementPart(p.Key), p.HTML, i)
		}
	}
	return lang.Position{}
}

// lintFaces finds what can only be judged by the mails as they are sent, of
// each that the ifs can make.
func (s *scanner) lintFaces(p *Program) error {
	all, err := faces.Of(p.Outline, nil, nil)
	if err != nil {
		wrong := words.OfError(err)
		s.report.Block(lang.Position{}, "faces", wrong.Key, wrong.Args...)
		nobody := make([]string, len(p.Fields))
		all = []faces.Face{{Vector: p.Outline.Vector(faces.Recipient(p.Outline, nobody), 0), Values: nobody}}
	}
	if never, err := faces.Never(p.Outline); err == nil { // else it was told above
		for _, cond := range never {
			s.report.Warn(cond.At, "never", "templates.branch_never", "condition", cond.Text)
		}
	}
	found := make([][]lint.Finding, len(all))
	for i, face := range all {
		if found[i], err = s.lintFace(p, &face); err != nil {
			return err
		}
	}
	s.report.Faces(found, func(i int) string { return p.Outline.Say(all[i].Vector) })
	return nil
}

// lintFace returns what is wrong with one face.
func (s *scanner) lintFace(p *Program, face *faces.Face) ([]lint.Finding, error) {
	var r lint.Report
	mail, err := p.Preview(face.Variant, faces.Recipient(p.Outline, face.Values), DeadURLs{Base: s.in.Label.PublicURL})
	if err != nil {
		return nil, err
	}
	lint.Size(&r, len(mail.HTML))
	shown := lint.Squeeze(mail.Text + " " + mail.HTML)
	for _, placement := range s.in.Placements {
		if s.placed[placement.Key] {
			lint.Advertiser(&r, lint.PlacementPart(placement.Key), placement.Advertiser, shown)
		}
	}
	if len(p.subjects) > 0 {
		lint.Subject(&r, lint.SubjectPart(p.subjects[face.Variant].key), mail.Subject)
	}
	return r.Findings(), nil
}
