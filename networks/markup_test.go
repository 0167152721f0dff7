package networks_test

import (
	"strings"
	"testing"
	"time"

	"keur/networks"
)

// Of a network's markup, the first link and the first picture that people see are
// taken, and nothing that counts, runs or is hidden.
func TestAddressesOfMarkup(t *testing.T) {
	t.Parallel()
	for markup, want := range map[string][2]string{
		``: {},
		`<a href="https://a.nl/?x=1&amp;r="><img src="https://i.nl/b.gif" width="468" height="60"></a>`: {"https://a.nl/?x=1&r=", "https://i.nl/b.gif"},
		`<img src="https://i.nl/p.gif" width=1 height=1><a href=https://a.nl><img src=//i.nl/b></a>`:    {"https://a.nl", "//i.nl/b"},
		`<img src="p.gif" style="display: none"><img height="0" src=q.gif><img src=" b.gif ">`:          {"", "b.gif"},
		`<script>document.write('<a href="https://evil.nl"><img src="e.gif">')</script><a href="a">x`:   {"a", ""},
		`<noscript><img src="n.gif"></noscript><iframe src="f"><a href="in"></a></iframe><img src="b">`: {"", "b"},
		`<item><title>a</title><link> https://a.nl/?b=1&amp;c=2 </link></item>`:                         {"https://a.nl/?b=1&c=2", ""},
		`<style>a{}</style><a name="top"></a><a href="https://a.nl">`:                                   {"https://a.nl", ""},
		`<img width="10" height="100" src="narrow.png">`:                                                {"", "narrow.png"},
		`<script><a href="x">`: {},
		`<template><a href="in"><img src="i"></a></template><object/><a href="out"><img src="b">`: {"out", "b"},
		`</iframe></script><a href="https://a.nl"><img src="b">`:                                  {"https://a.nl", "b"},
		`<img width="2" src="p.gif"><img width="3" src="thin.png">`:                               {"", "thin.png"},
	} {
		if click, picture := networks.Addresses(markup); click != want[0] || picture != want[1] {
			t.Errorf("%s leads to %q and shows %q", markup, click, picture)
		}
	}
}

// TestWhatNetworksWriteHasNoTags: in a mail a tag of ours would say, to whom a link
// leads, what we know of members. Nor does a link lead anywhere but to a page.
func TestWhatNetworksWriteHasNoTags(t *testing.T) {
	t.Parallel()
	var page networks.Supply
	const tag = "{{{member.email}}"
	page.Take(networks.Item{
		Programme: "1", Ref: "1", Kind: networks.Banner, Name: tag, Text: "Hoi " + tag + " {\u200b{x}}", Conditions: tag,
		Picture: "//i.example/{{member.id}}.png", Click: "https://a.example/?u={{member.email}}&v={w}",
	}, &networks.Reader{Zone: time.UTC})
	if len(page.Items) != 1 {
		t.Fatalf("%+v", page)
	}
	i := page.Items[0]
	if strings.Contains(i.Name+i.Text+i.Conditions+i.Picture+i.Click, "{{") ||
		i.Click != "https://a.example/?u=%7B%7Bmember.email}}&v=%7Bw}" {
		t.Errorf("read is %+v", i)
	}
	// A number or a code isn't written otherwise than it is: with a tag it is unread by itself. News of
	// it can't be kept, and would take along all that was read with it.
	var marked networks.Supply
	var told networks.Bulletin
	var listed networks.Catalogue
	coded := networks.Item{Programme: "1", Ref: "1", Kind: networks.Code, Name: "x", Code: "ZON{{member.id}}"}
	numbered := networks.Item{Programme: "1", Ref: tag, Kind: networks.Code, Name: "x", Code: "ZON"}
	marked.Take(coded, &networks.Reader{Zone: time.UTC})
	marked.Take(numbered, &networks.Reader{Zone: time.UTC})
	told.Take(networks.Notice{Ref: tag, Kind: networks.Told, Title: "x", Published: time.Now()}, &networks.Reader{Zone: time.UTC})
	listed.Take(networks.Programme{Ref: tag, Relation: networks.Joined}, &networks.Reader{Zone: time.UTC})
	if len(marked.Unread) != 2 || len(told.Unread) != 1 || len(listed.Unread) != 1 {
		t.Errorf("numbers and codes with tags are taken: %+v, %+v, %+v", marked, told, listed)
	}
	for _, address := range []string{"javascript:alert(1)", "data:text/html,x", "https:/a", "vbscript:x", "ftp://a.example"} {
		link := networks.Item{Programme: "1", Ref: address, Kind: networks.TextLink, Name: "x", Click: address}
		page.Take(link, &networks.Reader{Zone: time.UTC})
	}
	if len(page.Items) != 1 || len(page.Unread) != 5 {
		t.Errorf("%d are taken, %d unread", len(page.Items), len(page.Unread))
	}
}

// FuzzAddresses: whatever a network writes, it is read to its end.
func FuzzAddresses(f *testing.F) {
	f.Add(`<a href="https://a.nl"><img src="b.gif"></a>`)
	f.Add(`<link>x</link><script><!--`)
	f.Fuzz(func(_ *testing.T, markup string) { networks.Addresses(markup) })
}
