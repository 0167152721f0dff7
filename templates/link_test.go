package templates

import (
	"html"
	"strings"
	"testing"
)

// TestLinks goes through what must be counted and what must stay as it is.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, want, url string }{
		{`<a href="https://a.nl/">x</a>`, `<a href="L0">x</a>`, "https://a.nl/"},
		{`<a href='http://a.nl/?b=1&amp;c=2#d'>x</a>`, `<a href='L0'>x</a>`, "http://a.nl/?b=1&c=2#d"},
		{`<a href=https://a.nl/x>x</a>`, `<a href="L0">x</a>`, "https://a.nl/x"},
		{`<a href=https://a.nl/?q="x"&copy=1>x</a>`, `<a href="L0">x</a>`, `https://a.nl/?q="x"&copy=1`},
		{`<a href=#x"onclick=y>x</a>`, `<a href="#x&quot;onclick=y">x</a>`, ""},
		{`<a data-uncounted href=https://a.nl/?q="x"&amp;b='>x</a>`, `<a data-uncounted href="https://a.nl/?q=&quot;x&quot;&amp;b='">x</a>`, ""},
		{`<A class=b HREF = "HTTPS://A.nl/%2F?q=%20" target=_blank>x</A>`, `<A class=b HREF = "L0" target=_blank>x</A>`, "HTTPS://A.nl/%2F?q=%20"},
		{`<map><area href="https://a.nl/" shape=rect></map>`, `<map><area href="L0" shape=rect></map>`, "https://a.nl/"},
		{`<!--[if mso]><a href="https://a.nl/">x</a><![endif]-->`, `<!--[if mso]><a href="L0">x</a><![endif]-->`, "https://a.nl/"},
		{`<!--[if mso]><v:roundrect href="https://a.nl/"><![endif]-->`, `<!--[if mso]><v:roundrect href="L0"><![endif]-->`, "https://a.nl/"},
		{`<a href="{{label.public_url}}/x">x</a>`, `<a href="L0">x</a>`, "https://acties.zuinig.nl/x"},
		{`<a href="https://a.nl/?l={{label.name}}&amp;i={{label.imprint}}">x</a>`, `<a href="L0">x</a>`, "https://a.nl/?l=Zuinig&i=Zuinig%20B.V.%0ADamrak%201%2C%20Amsterdam"},
		{`<a href="mailto:a@b.nl?subject=x&amp;y">x</a>`, "", ""},
		{`<a href="tel:+3120">x</a>`, "", ""},
		{`<a href="sms:+3120">x</a>`, "", ""},
		{`<a href="#top">x</a>`, "", ""},
		{`<a name="x">x</a>`, "", ""},
		{`<a href="https://a.nl/impressum"> <b>Impressum</b></a>`, "", ""},
		{`<a href="https://a.nl/colofon" data-uncounted>wie wij zijn</a>`, "", ""},
		{`<link rel="x" href="https://a.nl/x.css">`, "", ""},
		{`<img src="https://a.nl/x.png" alt="">`, "", ""},
		{`<!--[if !mso]><!--><b>x</b><!--<![endif]-->`, "", ""},
		{"<p\n\tclass = 'a'   title=\"b>c\" >&nbsp;&euro; é</p   >", "", ""},
		{`<![if !mso]>x<![endif]>`, "", ""},
		{`<a href="{{unsubscribe_url}}">x</a>`, `<a href="https://t.nl/u/-preview-preview-preview-preview-">x</a>`, ""},
		{`<a href="mailto:?body={{view_url}}">x</a>`, `<a href="mailto:?body=https%3A%2F%2Ft.nl%2Fv%2F-preview-preview-preview-preview-">x</a>`, ""},
		{`a<!-- <a href="https://a.nl/">x</a> -->b`, `ab`, ""},
		{`{{if label.name == "x"}}<a href="https://b.nl">x</a>{{else}}<a href="https://a.nl">x</a>{{end}}`, `<a href="L0">x</a>`, "https://a.nl"},
	} {
		in := input(test.source + "<!--[if end]><![endif]-->" + footer)
		p := compile(t, in)
		shown, err := p.Preview(0, p.Sample(nil), DeadURLs{Base: "https://t.nl"})
		if err != nil {
			t.Fatal(err)
		}
		got, _, _ := strings.Cut(shown.HTML, "<!--[if end]>")
		got = strings.ReplaceAll(got, "https://t.nl/c/-preview-preview-preview-preview-", "L")
		want := test.want
		if want == "" {
			want = test.source
		}
		if got != want {
			t.Errorf("%s became %s", test.source, got)
		}
		switch links := p.Links; {
		case test.url == "" && len(links) != 0, test.url != "" && (len(links) != 1 || links[0].URL != test.url):
			t.Errorf("%s has the links %+v", test.source, links)
		}
	}
}

func TestLinksBelongToPlacements(t *testing.T) {
	t.Parallel()
	in := input(`<a href="https://zuinig.nl">Zuinig</a><div>{{placement "b"}}</div>{{placements}}` + footer)
	in.Placements = []Placement{travel(), books()}
	in.Placements[0].HTML = `<p>{{campaign.name}} van {{campaign.advertiser}}: <a href="https://duinrand.nl">{{campaign.name}}</a></p>`
	in.Placements[0].Campaign = map[string]string{"name": "Duinen <2026>"}
	p := compile(t, in)
	var got []string
	for _, l := range p.Links {
		got = append(got, l.Placement+" "+l.URL+" "+l.Text)
	}
	want := []string{
		" https://zuinig.nl Zuinig",
		"b https://www.letterenco.nl/drie-voor-twee Een stapel boeken",
		"b https://www.letterenco.nl/drie-voor-twee Drie boeken voor de prijs van twee",
		"b https://www.letterenco.nl/drie-voor-twee Kies je boeken",
		"a https://duinrand.nl Duinen <2026>",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if strings.Join(p.Vouchers, " ") != "b" {
		t.Errorf("vouchers %v", p.Vouchers)
	}
	shown, err := p.Preview(0, p.Sample(nil), DeadURLs{Base: "https://t.nl"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown.HTML, "Duinen &lt;2026&gt; van Duinrand Hotels") {
		t.Errorf("the campaign isn't named in %s", shown.HTML)
	}
}

// TestLinksOfAMemberAreCounted: the program knows their form, and where each
// member arrives is what the mail would have said.
func TestLinksOfAMemberAreCounted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ address, form, target string }{
		{`https://a.nl/?p={{member.points}}`, `https://a.nl/?p={{member.points}}`, `https://a.nl/?p=20`},
		{`https://a.nl/{{member.first_name}}/x?a=1&copy=2&amp;b={{member.first_name | default "lid"}}#top`,
			`https://a.nl/{{member.first_name}}/x?a=1&copy=2&b={{member.first_name | default "lid"}}#top`,
			`https://a.nl/Ann%20%26%20J%C3%B6/x?a=1&copy=2&b=Ann%20%26%20J%C3%B6#top`},
		{`https://a.nl/?n={{label.name}}&p={{member.points | plus1}}`, ``, ``},
		{`{{label.public_url}}/?d={{today | date "yyyy-MM-dd"}}`, `https://acties.zuinig.nl/?d={{today | date "yyyy-MM-dd"}}`,
			`https://acties.zuinig.nl/?d=2026-12-24`},
		{` https://a.nl/?reg&copy{{member.points}} `, `https://a.nl/?reg&copy{{member.points}}`, `https://a.nl/?reg&copy20`},
		{`HTTPS://a.nl:8080?q={{member.first_name | upper}}`, `HTTPS://a.nl:8080?q={{member.first_name | upper}}`,
			`HTTPS://a.nl:8080?q=ANN%20%26%20J%C3%96`},
		{`https://a.nl/50%-{{member.points}}%`, `https://a.nl/50%-{{member.points}}%`, `https://a.nl/50%-20%`},
	} {
		link := `<a href='` + test.address + `'>x</a>`
		for name, in := range map[string]Input{
			"HTML": input(link + footer), "a block": placing(Placement{HTML: link}),
			"Outlook": input(`<!--[if mso]><v:roundrect href='` + test.address + `'></v:roundrect><![endif]-->` + footer),
			"MJML": inMJML(`<mjml><mj-body><mj-section><mj-column><mj-text>` + link + `</mj-text></mj-column></mj-section><mj-raw>` +
				footer + `</mj-raw></mj-body></mjml>`),
		} {
			p, findings, err := compiler().Compile(t.Context(), in)
			if test.form == "" {
				if err == nil {
					t.Errorf("%s of %s is taken", name, test.address)
				}
				continue
			}
			if err != nil || len(p.Links) != 1 {
				t.Fatalf("%s of %s: %v, %+v", name, test.address, err, findings)
			}
			member := p.Sample(map[string]string{"points": "20", "first_name": "Ann & Jö"})
			if l := p.Links[0]; l.URL != test.form || l.Target(member) != test.target {
				t.Errorf("%s of %s is %s, and leads to %s", name, test.address, l.URL, l.Target(member))
			}
			counted, err := p.Preview(0, member, DeadURLs{Base: "https://t.nl"})
			if err != nil || strings.Contains(counted.HTML+counted.Text, "Ann%20") || strings.Contains(counted.HTML, "a.nl") {
				t.Errorf("%s of %s isn't counted: %v\n%s", name, test.address, err, counted.HTML)
			}
			straight, err := p.Preview(0, member, p.Straight("https://t.nl"))
			if want := html.EscapeString(test.target); err != nil || !strings.Contains(straight.HTML, want) {
				t.Errorf("%s of %s leads nowhere in a test mail: %v\n%s", name, test.address, err, straight.HTML)
			}
		}
	}
}

// TestHostsAreNeverAMembers: wherever members' data would choose who is
// visited, however that is written, the mail is refused.
func TestHostsAreNeverAMembers(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"{{name}}", "https://{{name}}/", "https://a.nl{{name}}/", "https://a.nl:{{name}}/", "https://a.nl@{{name}}/",
		"https://a.nl&#46;{{name}}/", "https://a.nl&#4{{member.points}}/", "https://a.nl&period;{{name}}/", `https://a.nl\{{name}}/`, "https:/{{name}}",
		"https:{{name}}/x", "//{{name}}/", "{{name}}://a.nl/", "https:///{{name}}", "ht\ntps://{{name}}/", "mailto:{{name}}",
		"mailto&#58;{{name}}", "{{today}}", "java{{name}}:x",
	} {
		address = strings.ReplaceAll(address, "{{name}}", "{{member.first_name}}")
		for _, more := range []string{"", " data-uncounted"} {
			_, findings, err := compiler().Compile(t.Context(), input(`<a href="`+address+`"`+more+`>x</a>`+footer))
			if err == nil || findings[0].Code != "address_from_member" {
				t.Errorf("%s%s: %v, %+v", address, more, err, findings)
			}
		}
	}
}
