package templates

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"keur/internal/words"
	"keur/templates/lint"
)

var hash = strings.Repeat("0123456789abcdef", 4)

// saved is an input whose pictures of elsewhere are copied, if at all.
func saved(source string) Input {
	in := input(source + footer)
	in.Draft = false
	in.Copies = map[string]Copy{"https://a.nl/x.png": {Hash: hash}, "https://a.nl/gone.png": {Problem: words.Of("links.form")}}
	return in
}

// shownBy returns the HTML that a mailing becomes, and what blocks it.
func shownBy(t *testing.T, in Input) (string, []string) {
	t.Helper()
	p, findings, err := compiler().Compile(t.Context(), in)
	var codes []string
	for _, f := range findings {
		if f.Level == lint.Block {
			codes = append(codes, f.Code+" "+f.Where())
		}
	}
	if err != nil {
		return "", codes
	}
	shown, err := p.Preview(0, p.Sample(nil), DeadURLs{Base: "https://acties.zuinig.nl"})
	if err != nil {
		t.Fatal(err)
	}
	return shown.HTML, codes
}

// places are all places in a mail from which a picture is fetched.
var places = []string{
	`<img src="%s" alt="" width="9">`, `<img src='%s' alt="" width="9">`, `<IMG SRC=%s alt="" width=9>`,
	`<img src=" %s " alt="" width="9">`,
	`<table background="%s"><tr><td>x</table>`, `<body background="%s">`,
	`<p style="background:url(%s)">x</p>`, `<p style="background: URL( &quot;%s&quot; )">x</p>`, `<p style="list-style-image:url('%s')">x</p>`,
	`<p style="cursor:url(%s),auto">x</p>`, `<style>b { background: url("%s") }</style>`,
	`<style>/* } */ a{} @media x { b{background:url(%s)} }</style>`,
	`<!--[if mso]><v:rect><v:fill src="%s" /></v:rect><![endif]-->`, `<!--[if mso]><v:image><v:imagedata src="%s"/></v:image><![endif]-->`,
	`<!--[if gte mso 9]><noscript><img src="%s"></noscript><![endif]-->`, `<noscript><img src="%s" alt="" width="9"></noscript>`,
}

// TestPicturesOfElsewhereBecomeOurs: a picture is shown by the hash of the bytes
// that were copied, wherever it stands, and blocks where there are none.
func TestPicturesOfElsewhereBecomeOurs(t *testing.T) {
	t.Parallel()
	for _, place := range places {
		shown, blocked := shownBy(t, saved(fmt.Sprintf(place, "https://a.nl/x.png")))
		if len(blocked) > 0 || !strings.Contains(shown, "https://acties.zuinig.nl/i/"+hash) || strings.Contains(shown, "a.nl") {
			t.Errorf("%s becomes\n%s\n%v", place, shown, blocked)
		}
		for _, elsewhere := range []string{"https://a.nl/gone.png", "https://a.nl/never.png", "http://a.nl/x.png", "HTTPS://a.nl/x.png"} {
			if _, blocked := shownBy(t, saved(fmt.Sprintf(place, elsewhere))); len(blocked) == 0 ||
				!strings.HasPrefix(blocked[0], "picture_remote source:1:") {
				t.Errorf("%s with %s: %v", place, elsewhere, blocked)
			}
		}
		for inlined, copied := range map[string]bool{"data:image/png;base64,AAAA": true, "DATA:image/GIF;base64,AAA": false} {
			in := saved(fmt.Sprintf(place, inlined))
			in.Copies[fmt.Sprintf("data:%x", sha256.Sum256([]byte{0, 0, 0}))] = Copy{Hash: hash}
			shown, blocked := shownBy(t, in)
			is := len(blocked) == 0 && strings.Contains(shown, "/i/"+hash) && !strings.Contains(shown, "data:")
			if is != copied || !copied && len(blocked) == 0 {
				t.Errorf("%s with %s becomes\n%s\n%v", place, inlined, shown, blocked)
			}
		}
		own := "https://acties.zuinig.nl/i/" + hash
		if shown, blocked := shownBy(t, saved(fmt.Sprintf(place, own))); len(blocked) > 0 || !strings.Contains(shown, own) {
			t.Errorf("%s with ours: %v", place, blocked)
		}
		for _, never := range []string{
			"//a.nl/x.png", "x.png", "cid:x", "data:image/svg+xml;base64,AA", "data:text/html,x", "ftp://a.nl/x",
		} {
			if _, blocked := shownBy(t, saved(fmt.Sprintf(place, never))); !slices.ContainsFunc(blocked, func(b string) bool {
				return strings.HasPrefix(b, "image_address ")
			}) {
				t.Errorf("%s with %s: %v", place, never, blocked)
			}
		}
		if _, blocked := shownBy(t, saved(fmt.Sprintf(place, "https://a.nl/{{member.first_name}}.png"))); len(blocked) == 0 {
			t.Errorf("%s depends on the member, and isn't blocked", place)
		}
	}
}

// TestNothingElseIsFetched: what fetches and is no picture that is copied blocks,
// and so does what hides an address from us and not from mail programs.
func TestNothingElseIsFetched(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`<link rel="preload" href="https://a.nl/x">`, `<link rel=stylesheet href="https://a.nl/x.css">`, `<style>@import "https://a.nl/x";</style>`,
		`<style>@import url(https://a.nl/x.png);</style>`, `<style>@font-face { font-family: a; src: url(https://a.nl/x.png) }</style>`,
		`<video poster="https://a.nl/x.png"></video>`, `<video src="https://a.nl/x"></video>`, `<audio src="https://a.nl/x"></audio>`,
		`<picture><source src="https://a.nl/x"></picture>`, `<bgsound src="https://a.nl/x">`, `<embed src="https://a.nl/x">`,
		`<object data="https://a.nl/x"></object>`, `<iframe src="https://a.nl/x"></iframe>`, `<input type=image src="https://a.nl/x.png">`,
		`<svg><image href="https://a.nl/x.png"/></svg>`, `<svg><image xlink:href="https://a.nl/x.png"/></svg>`, `<math></math>`,
		`<image src="https://a.nl/x.png">`, `<img lowsrc="https://a.nl/x.png" src="https://a.nl/x.png" alt="" width="9">`,
		`<a href="https://a.nl/" ping="https://a.nl/x">x</a>`, `<p whatever="https://a.nl/x">x</p>`, `<td background2="//a.nl/x">x</td>`,
		`<!--[if mso]><v:fill o:href="https://a.nl/x.png" src="https://a.nl/x.png"/><![endif]-->`,
		`<!--[if mso]><img src="https://a.nl/y.png"><![endif] -->`, `<!--[if mso]><img src="https://a.nl/y.png"> -->`,
		`<!--[if mso]><!-- <img src="https://a.nl/y.png"> --><![endif]-->`, `<?import namespace="x" implementation="https://a.nl/x">`,
		`<p style="background:u\72l(https://a.nl/x.png)">x</p>`, `<p style="background:&#117;\72 l(https://a.nl/x.png)">x</p>`,
		`<p style="background:image-set('https://a.nl/x.png' 1x)">x</p>`, `<p style="behavior:url(https://a.nl/x.png)">x</p>`,
		`<style>p{background:url(https://a.nl/x.png</style>`, `<xmp><img src="https://a.nl/y.png"></xmp>`,
		`<noembed><img src="https://a.nl/y.png"></noembed>`, `<noscript><img src="https://a.nl/y.png"></noscript>`,
		`<template><img src="https://a.nl/y.png"></template>`, `<meta http-equiv="Link" content="<https://a.nl/x>; rel=stylesheet">`,
		"<img\rsrc=\"https://a.nl/y.png\" alt='' width=9>", "<img src=\"ht\ntps://a.nl/y.png\" alt='' width=9>",
		`<img src="&#104;ttps://a.nl/y.png" alt="" width="9">`, `<img/src="https://a.nl/y.png"/alt=""/width="9">`,
		`<img src="https://a.nl/x.png" src="https://a.nl/y.png" alt="" width="9">`, `<img src="https:\\a.nl\y.png" alt="" width="9">`,
		`<img src="https://acties.zuinig.nl/i/short" alt="" width="9">`,
		`<img src="https://acties.zuinig.nl.evil.nl/i/` + hash + `" alt="" width="9">`,
		`<img src="https://acties.zuinig.nl@evil.nl/i/` + hash + `" alt="" width="9">`, `<img src="{{view_url}}" alt="" width="9">`,
		`<p style="background:url(https://a.nl/{{campaign.name}}.png)">x</p>`, `<p style="background:url({{member.first_name}})">x</p>`,
		strings.Repeat("<img src='https://a.nl/x.png'>", 150) + `<img src="https://a.nl/y.png" alt="" width="9">`,
	} {
		if shown, blocked := shownBy(t, saved(source)); len(blocked) == 0 {
			t.Errorf("%.200s isn't blocked:\n%.300s", source, shown)
		}
	}
	for _, source := range []string{
		`<!--[if !mso]><!--><p>x</p><!--<![endif]-->`, `<![if !mso]><p>x</p><![endif]>`, `<!-- see https://a.nl/ <b> -->`,
		`<meta charset="utf-8"><p title="https://a.nl/x">x</p>`, `<html xmlns:v="urn:schemas-microsoft-com:vml"><p>x</p>`,
		`<style>/* https://a.nl */ @media (max-width: 9px) { p { color: red } }</style>`, `<img src="https://a.nl/x.png" usemap="#m" alt="" width="9">`,
	} {
		if _, blocked := shownBy(t, saved(source)); len(blocked) > 0 {
			t.Errorf("%s is blocked: %v", source, blocked)
		}
	}
}

func TestPicturesInMJMLBecomeOurs(t *testing.T) {
	t.Parallel()
	const source = "<mjml><mj-body><mj-section background-url=\"%s\"><mj-column>\n<mj-image alt=\"x\" src=\"%[1]s\" />" +
		"<mj-text>x</mj-text></mj-column></mj-section>%s</mj-body></mjml>"
	foot := "<mj-section><mj-column><mj-text>" + footer + "</mj-text></mj-column></mj-section>"
	in := saved("")
	in.Format, in.Source = MJML, fmt.Sprintf(source, "https://a.nl/x.png", foot)
	shown, blocked := shownBy(t, in)
	if len(blocked) > 0 || strings.Count(shown, "https://acties.zuinig.nl/i/"+hash) < 4 || strings.Contains(shown, "a.nl/") {
		t.Errorf("%v\n%s", blocked, shown)
	}
	in.Source = fmt.Sprintf(source, "https://a.nl/y.png", foot)
	if _, blocked := shownBy(t, in); len(blocked) == 0 || !strings.HasPrefix(blocked[0], "picture_remote source:1:") {
		t.Errorf("%v", blocked)
	}
}

func TestPicturesAreListed(t *testing.T) {
	t.Parallel()
	in := saved(`<img src="https://a.nl/x.png"><img src=" https://a.nl/x.png"><p style="background:url(https://b.nl/?a&amp;b)">x</p>`)
	p, _, err := compiler().Compile(t.Context(), in)
	if err != nil || !slices.Equal(p.Pictures, []string{"https://a.nl/x.png", "https://b.nl/?a&b"}) {
		t.Errorf("%v, %v", p, err)
	}
	var many strings.Builder
	for i := range maxPictures + 1 {
		fmt.Fprintf(&many, "<img src='https://a.nl/%d.png'>", i)
	}
	if _, blocked := shownBy(t, saved(many.String())); !slices.ContainsFunc(blocked, func(b string) bool {
		return strings.HasPrefix(b, "too_many_pictures")
	}) {
		t.Errorf("%v", blocked)
	}
	in = saved(`<img src="https://b.nl/" alt="" width="9">`)
	in.Draft = true
	if shown, blocked := shownBy(t, in); len(blocked) > 0 || !strings.Contains(shown, "https://b.nl/") {
		t.Errorf("a draft: %v", blocked)
	}
}
