package templates

import (
	"slices"
	"strings"
	"testing"
	"time"

	"keur/templates/lang"
	"keur/templates/lint"
)

// announced is a solo mailing of which Gmail is told.
func announced(change func(*Placement)) Input {
	in := input("<html><head><title>x</title></head><body>{{placements}}" + footer + "</body></html>")
	p := Placement{
		Key: "zon", Advertiser: "Zon", Heading: "Zon op de kust", Text: "Nu.", Button: "Bekijk", URL: "https://zon.nl/?a=1&b=2",
		Picture: Picture{URL: "https://acties.zuinig.nl/i/ab", Width: 600, Height: 314, Alt: "x"},
		Annotation: Annotation{
			Wanted: true, Offer: "20% korting", Code: "ZON-20", Logo: "https://acties.zuinig.nl/i/cd",
			Starts: "2026-11-01T00:00:00+01:00", Ends: "2026-11-30T23:59:59+01:00",
		},
	}
	p.Annotation.Picture.URL, p.Annotation.Picture.Type = p.Picture.URL, "image/png"
	p.Annotation.Picture.Width, p.Annotation.Picture.Height = 1200, 628
	change(&p)
	in.Placements = []Placement{p}
	return in
}

func TestGmailIsToldWhatApproversAreShown(t *testing.T) {
	t.Parallel()
	for _, offer := range []string{
		"20% korting", `</script><script>alert(1)</script>`, `"}]<!--<script>`, `a\" & 'b' é 😀 \u003c`, "]]>", "a\u202Eb\u2028c",
	} {
		p := compile(t, announced(func(p *Placement) { p.Annotation.Offer = offer }))
		face, err := p.Face(0, make([]string, len(p.Outline.Fields)), "https://acties.zuinig.nl", "or")
		if err != nil {
			t.Fatal(err)
		}
		want := string(lang.AppendEscaped(nil, []byte(offer), lang.EscapePlain, false))
		card := face.Gmail
		if card == nil || card.Offer != want || card.Code != "ZON-20" || card.LogoHash() != "cd" || card.PictureHash() != "ab" ||
			card.Headline != "Zon op de kust" || card.Ends.Format(time.RFC3339) != "2026-11-30T23:59:59+01:00" {
			t.Errorf("of %q approvers are shown %+v", offer, card)
		}
		mail := strings.ToLower(face.Preview.HTML)
		if strings.Count(mail, "<script") != 1 || strings.Count(mail, "</script") != 1 || strings.Contains(mail, "<!--") {
			t.Errorf("%q breaks out: %s", offer, mail)
		}
		if strings.Contains(face.Text, "schema.org") || face.Preheader != "" {
			t.Errorf("people read it: %q, %q", face.Preheader, face.Text)
		}
		checkWire(t, p.AppendBody(nil, p.Typical(), DeadURLs{Base: "https://t.nl"}))
	}
}

func TestGmailsLinkIsCountedLast(t *testing.T) {
	t.Parallel()
	without := compile(t, announced(func(p *Placement) { p.Annotation = Annotation{} }))
	with := compile(t, announced(func(*Placement) {}))
	if n := len(without.Links); len(with.Links) != n+1 || !slices.EqualFunc(with.Links[:n], without.Links, func(a, b lang.Link) bool {
		return a.URL == b.URL && a.Index == b.Index && a.Text == b.Text
	}) {
		t.Fatalf("the links are %+v, without %+v", with.Links, without.Links)
	}
	last := with.Links[len(with.Links)-1]
	if last.URL != "https://zon.nl/?a=1&b=2" || last.Placement != "zon" || last.Index != len(with.Links)-1 {
		t.Errorf("it is %+v", last)
	}
	mail, err := with.Preview(0, with.Typical(), DeadURLs{Base: "https://t.nl"})
	if err != nil || !strings.Contains(mail.HTML, `"url":"https://t.nl/c/`+deadToken) {
		t.Errorf("it is in %.600s, %v", mail.HTML, err)
	}
	straight, err := with.Preview(0, with.Typical(), with.Straight("https://t.nl"))
	if err != nil || !strings.Contains(straight.HTML, `"url":"https://zon.nl/?a=1\u0026b=2"`) {
		t.Errorf("without counting it is in %.600s, %v", straight.HTML, err)
	}
	plain, err := without.Preview(0, without.Typical(), DeadURLs{Base: "https://t.nl"})
	if card, readErr := cardOf(plain.HTML); err != nil || readErr != nil || card != nil {
		t.Errorf("unasked Gmail is told %+v, %v, %v", card, err, readErr)
	}
}

func TestLintOfWhatGmailIsTold(t *testing.T) {
	t.Parallel()
	if _, findings, err := compiler().Compile(t.Context(), announced(func(*Placement) {})); err != nil || len(findings) > 0 {
		t.Fatalf("one that is fine: %v %+v", err, findings)
	}
	for _, test := range []struct {
		level  lint.Level
		code   string
		change func(*Placement)
	}{
		{lint.Block, "gmail_offer", func(p *Placement) { p.Annotation.Offer, p.Heading = "", "" }},
		{lint.Block, "gmail_tags", func(p *Placement) { p.Annotation.Offer = "Voor {{member.first_name}}" }},
		{lint.Block, "gmail_tags", func(p *Placement) { p.Annotation.Offer, p.Heading = "", "Voor {{label.name}}" }},
		{lint.Block, "merge_tag", func(p *Placement) { p.Annotation.Offer = "Voor *|FNAME|*" }},
		{lint.Block, "gmail_link", func(p *Placement) { p.URL = "https://zon.nl/?n={{member.first_name | default \"x\"}}" }},
		{lint.Block, "link_dead", func(p *Placement) { p.URL, p.HTML = "https://winkel/", `<p>Zon</p>` }},
		{lint.Block, "gmail_dates", func(p *Placement) { p.Annotation.Ends = "2026-10-31T23:59:59+01:00" }},
		{lint.Warn, "gmail_long", func(p *Placement) { p.Annotation.Offer = strings.Repeat("a", maxOffer+1) }},
		{lint.Warn, "gmail_code", func(p *Placement) { p.Annotation.Unique, p.Annotation.Code = true, "" }},
		{lint.Warn, "gmail_picture", func(p *Placement) { p.Annotation.Picture.Type = "image/gif" }},
		{lint.Warn, "gmail_picture", func(p *Placement) { p.Annotation.Picture.Height = 300 }},
		{lint.Warn, "gmail_picture", func(p *Placement) { p.URL, p.Button = "", "" }},
	} {
		expect(t, announced(test.change), test.level, test.code, "placement[zon]")
	}
	for code, source := range map[string]string{
		"gmail_if":   "<html><head></head><body>{{if member.vip}}{{placements}}{{end}}" + footer,
		"gmail_head": "<html><body>{{placements}}" + footer,
	} {
		in := announced(func(*Placement) {})
		in.Source = source
		expect(t, in, lint.Block, code, "placement[zon]")
	}
	in := announced(func(*Placement) {})
	in.Source = strings.Replace(in.Source, "<title>", `<script type="application/ld+json">[]</script><title>`, 1)
	if _, findings, _ := compiler().Compile(t.Context(), in); !lint.Blocked(findings) {
		t.Error("a maker writes a script of their own")
	}
}
