package templates

import (
	"crypto/sha256"
	"html"
	"slices"
	"strings"

	"keur/templates/faces"
	"keur/templates/lang"
	"keur/templates/visible"
)

// FaceView is one of a program's faces as approvers are shown it.
type FaceView struct {
	Preview                  // its HTML and text with standard texts marked in place, and all that is hidden behind its preheader
	Outlook  string          // the HTML as Outlook reads it
	Differs  bool            // in Outlook it says something else
	Screens  visible.Screens // how it reads on phones and dark screens
	Pictures string          // scheme and host from which its pictures come
	Defaults []DefaultedText // standard texts, wherever they stand
	Digest   [sha256.Size]byte
	Gmail    *Card // what Gmail may show in its list; nil: no more than of any mail
}

// DefaultedText is what members read who have no value of their own.
type DefaultedText struct {
	Field string `json:"field"`
	Text  string `json:"text"`
}

// FaceDigest returns a digest over all that a member with the values gets, by
// which a verdict names what was seen.
func (p *Program) FaceDigest(variant int, values []string, base string) ([sha256.Size]byte, error) {
	mail, err := p.Preview(variant, faces.Recipient(p.Outline, values), DeadURLs{Base: base})
	return sha256.Sum256(mail.Raw), err
}

// Face renders a face by the steps that sending takes. Or is the word that
// stands before a standard text.
func (p *Program) Face(variant int, values []string, base, or string) (FaceView, error) {
	member, urls := faces.Recipient(p.Outline, values), DeadURLs{Base: base}
	mail, err := p.Preview(variant, member, urls)
	if err != nil {
		return FaceView{}, err
	}
	v := FaceView{Preview: mail, Digest: sha256.Sum256(mail.Raw), Pictures: base}
	for _, pieces := range [][]lang.Piece{p.markup, p.plain} {
		for _, piece := range pieces {
			for _, shown := range append(piece.Within(), piece) {
				v.defaulted(shown)
			}
		}
	}
	v.HTML = opened(marked(p.markup, member, urls, func(text string) (before, after string) {
		before = `<span style="border-bottom:1px dashed #b45309">`
		if text == "" {
			return before, "</span>"
		}
		return before,
			`</span><span style="border:1px dashed #b45309;padding:0 2px;color:#7c2d12;background:#fff7ed">` +
				html.EscapeString(or+" "+text) + `</span>`
	}))
	v.Text = marked(p.plain, member, urls, func(text string) (before, after string) {
		if text == "" {
			return "", ""
		}
		return "", " [" + or + " " + text + "]"
	})
	if err := v.unhide(mail); err != nil {
		return v, err
	}
	if v.Gmail, err = cardOf(mail.HTML); err != nil {
		return v, err
	}
	v.Outlook, v.Differs = visible.Outlook(v.HTML)
	v.Screens, err = visible.ScreensOf(v.HTML)
	return v, err
}

// unhide shows the words that a mail hides, and that inboxes and programs read
// all the same, where its preheader is shown, which is hidden like them.
func (v *FaceView) unhide(mail Preview) error {
	hidden, err := visible.Hidden(mail.HTML)
	if err != nil {
		return err
	}
	read := visible.Words(mail.Subject + " " + mail.Preheader + " " + mail.Text)
	for _, words := range hidden {
		if !strings.Contains(read, words) {
			v.Preheader = strings.TrimSpace(v.Preheader + " " + words)
		}
	}
	return nil
}

// defaulted notes the standard text of a piece, if it has one.
func (v *FaceView) defaulted(piece lang.Piece) {
	text, ok := piece.Default()
	if !ok {
		return
	}
	if d := (DefaultedText{piece.Value.Name(), text}); !slices.Contains(v.Defaults, d) {
		v.Defaults = append(v.Defaults, d)
	}
}

// Reading is another way in which a face is read. One that shows other words is
// shown beside it, the others by a switch.
type Reading struct {
	Kind    string // phone, dark or outlook
	Differs bool
}

// Readings returns the ways in which a face is read beside a wide, light screen.
func (v FaceView) Readings() []Reading {
	all := []Reading{{"phone", v.Screens.PhoneDiffers}}
	if v.Screens.Dark != "" {
		all = append(all, Reading{"dark", v.Screens.DarkDiffers})
	}
	return append(all, Reading{"outlook", v.Differs})
}

// Read returns the HTML as a kind of Reading has it.
func (v FaceView) Read(kind string) string {
	switch {
	case kind == "outlook":
		return v.Outlook
	case kind == "dark" && v.Screens.Dark != "":
		return v.Screens.Dark
	}
	return v.HTML
}

// marked renders pieces with what around returns around each text that has a
// standard text in its place for those without a value, and around each, without
// one, that is of the day on which the mail goes out.
func marked(pieces []lang.Piece, member *lang.Recipient, urls lang.URLs, around func(text string) (before, after string)) string {
	var with []lang.Piece
	for _, p := range pieces {
		text, ok := p.Default()
		if !ok && !p.AsksToday() || !p.InText {
			with = append(with, p)
			continue
		}
		before, after := around(text)
		with = append(with, lang.StaticPiece(before), p, lang.StaticPiece(after))
	}
	steps := lang.Compile(with, nil)
	return string(steps.Append(nil, member, urls, func(dst []byte, start int, escape lang.Escaping, foreign bool) []byte {
		return lang.Rewrite(dst, start, func(dst, value []byte) []byte { return lang.AppendEscaped(dst, value, escape, foreign) })
	}))
}
