package templates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keur/templates/lint"
)

// two returns two placements: one with a code and a personal heading, and one
// with neither.
func two() []Placement {
	a := Placement{
		Key: "a", Advertiser: "Duin & Zee", Campaign: map[string]string{"name": "Duinen"},
		Heading: "Weg, {{member.first_name | default \"lid\"}}?",
		Text:    "Twee\nnachten <nu>", Button: "Kijk", URL: "https://duin.nl/?id=1&copy=2", Voucher: true,
		Picture: Picture{URL: "https://duin.nl/x.png", Width: 600, Height: 200, Alt: "Een duin"},
	}
	b := Placement{
		Key: "b", Advertiser: "Letter", Campaign: map[string]string{"name": "Boeken"}, Heading: "Lezen",
		Button: "Lees", URL: "https://letter.nl",
	}
	return []Placement{a, b}
}

func TestEachGoesOverThePlacements(t *testing.T) {
	t.Parallel()
	const turn = `{{if offer.picture}}<img src="{{offer.picture}}" alt="{{offer.alt}}" width="60">{{end}}` +
		`<h2>{{offer.number}}. {{offer.heading}}</h2><p>{{offer.text}}{{campaign.name | upper}} {{offer.advertiser}}</p>` +
		`{{if voucher}}<b>{{voucher}}</b>{{end}}` +
		`{{if member.points > 3}}<i>rijk</i>{{else}}<i>{{offer.button | truncate 3}}</i>{{end}}` +
		`<a href="{{offer.url}}" title="{{offer.heading}}">{{offer.button}}</a>`
	html := input(`<table>{{each offer in placements}}<tr><td>` + turn + `</td></tr>{{end}}</table>` + footer)
	mjml := inMJML(`<mjml><mj-body><mj-section>{{each offer in placements}}<mj-column>` +
		`{{if offer.picture}}<mj-image src="{{offer.picture}}" alt="{{offer.alt}}" />{{end}}<mj-text>` + turn +
		`</mj-text></mj-column>{{end}}</mj-section><mj-raw>` + footer + `</mj-raw></mj-body></mjml>`)
	for name, in := range map[string]Input{"HTML": html, "MJML": mjml} {
		in.Placements = two()
		p := compile(t, in)
		if l := p.Links; len(l) != 2 || l[0].URL != "https://duin.nl/?id=1&copy=2" || l[0].Placement != "a" || l[0].Text != "Kijk" ||
			l[1].Placement != "b" {
			t.Errorf("%s has the links %+v", name, p.Links)
		}
		if !slices.Equal(p.Vouchers, []string{"a"}) || len(p.Outline.Choices) != 2 {
			t.Errorf("%s needs codes for %v, and has %d choices", name, p.Vouchers, len(p.Outline.Choices))
		}
		mail := show(t, in, map[string]string{"first_name": "Jo <3", "points": "2"})
		for _, want := range []string{
			"<h2>1. Weg, Jo &lt;3?</h2><p>Twee<br>nachten &lt;nu&gt;DUINEN Duin &amp; Zee</p><b>TEST-1234</b><i>Ki…</i>",
			`title="Weg, Jo &lt;3?">Kijk</a>`, `<h2>2. Lezen</h2><p>BOEKEN Letter</p><i>Le…</i>`, `alt="Een duin"`,
		} {
			if !strings.Contains(mail.HTML, want) {
				t.Errorf("%s: there is no %s in %s", name, want, mail.HTML)
			}
		}
		if strings.Contains(mail.HTML, "\uE000") || !strings.Contains(mail.Text, "1. Weg, Jo <3?") {
			t.Errorf("%s reads %s", name, mail.Text)
		}
	}
}

func TestEachIsRefused(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"<p>{{each offer in placements}}a</p>":                                    "1:4 no_end",
		"<p>{{each x in member.interests}}a{{end}}</p>":                           "1:4 each_form",
		"{{each offer in placements}}{{each offer in placements}}a{{end}}{{end}}": "1:29 each_nested",
		`<p title="{{each offer in placements}}a{{end}}">x</p>`:                   "1:11 each_in_attribute",
		"{{each offer in placements}}{{offer.name}}{{end}}":                       "1:29 unknown_field",
		"{{offer.heading}}": "1:1 bad_tag",
		"{{each offer in placements}}a{{end}}{{each offer in placements}}b{{end}}":            "1:37 placement_twice",
		"<!--[if mso]>{{each offer in placements}}a{{end}}<![endif]-->":                       "1:14 placement_in_comment",
		"{{each offer in placements}}{{if member.vip}}a{{end}}":                               "1:1 no_end",
		"{{each offer in placements}}" + strings.Repeat("{{offer.number}}", 1000) + "{{end}}": "",
	} {
		in := input(source + footer)
		in.Placements = two()
		_, findings, err := compiler().Compile(t.Context(), in)
		var found []string
		for _, f := range findings {
			found = append(found, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Code))
		}
		if told := strings.Join(found, "; "); err == nil || !strings.Contains(told, cmp.Or(want, "each_size")) {
			t.Errorf("%.80s: there is no %s in %v", source, want, found)
		}
	}
	in := input("{{each offer in placements}}{{offer.heading}}{{end}}" + footer)
	in.Placements = two()
	_, findings, _ := compiler().Compile(t.Context(), in)
	if !slices.ContainsFunc(findings, func(f lint.Finding) bool { return f.Code == "voucher_missing" }) {
		t.Error("nobody notices that a code isn't shown")
	}
	in.Placements[1].HTML = "<p>x</p>"
	if _, _, err := compiler().Compile(t.Context(), in); err == nil {
		t.Error("a block of its own is passed over")
	}
	in.Subjects[0].Text = "{{each offer in placements}}a{{end}}"
	if _, findings, err := compiler().Compile(t.Context(), in); err == nil {
		t.Errorf("a subject goes over placements: %+v", findings)
	}
}

// FuzzEach: whatever stands in an each, its turns are whole, and what is wrong
// stands somewhere.
func FuzzEach(f *testing.F) {
	for _, s := range []string{
		"a{{offer.heading}}",
		"<p>{{if offer.url}}<a href='{{offer.url}}'>x</a>{{end}}", "{{end}}{{each offer in placements}}", "<td {{offer.text}}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, turn string) {
		in := input("<p>{{each offer in placements}}" + turn[:min(len(turn), 2000)] + "{{end}}</p>" + footer)
		in.Placements = two()
		p, _, err := compiler().Compile(t.Context(), in)
		if err != nil {
			return
		}
		mail, err := p.Preview(0, p.Sample(nil), DeadURLs{Base: "https://t.nl"})
		if err != nil || strings.ContainsAny(mail.HTML+mail.Text, "\uE000\uE001") {
			t.Errorf("%q becomes %q, %v", turn, mail.HTML, err)
		}
	})
}
