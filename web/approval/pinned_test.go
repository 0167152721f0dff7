package approval

import (
	"strings"
	"testing"

	"keur/mailings"
	"keur/templates/lang"
)

func TestPinsFindTheirPlacement(t *testing.T) {
	t.Parallel()
	picture := strings.Repeat("ab", 32)
	links := []lang.Link{
		{URL: "https://zon.example/winter?a=1&b=2", Placement: "zon"}, {URL: "https://spaarzegel.example/"},
		{Placement: "zee", Values: []*lang.Value{{}}, Parts: []string{"https://zee.example/", ""}},
		{Placement: "weg", Values: []*lang.Value{{}}, Parts: []string{"", ""}}, // which any address could be
	}
	placements := []mailings.Placement{{Key: "zon"}, {Key: "zee", Creative: picture}}
	const mail = `<!doctype html><html><body><h1>Hallo</h1>
		<table><tr><td><p>Zon</p><a href="https://zon.example/winter?a=1&amp;b=2">Bekijk</a></td>
		<td><p>Zee</p><img src="https://mail.example/i/PICTURE.png"></td>
		<td><a href="https://zee.example/Gouda">Boek</a></td></tr></table>
		<p><a href="https://spaarzegel.example/">Meer</a> <a href="/c/x">Niets</a></p></body></html>`
	for path, want := range map[string]string{
		"body>h1:nth-child(1)": "",
		"body>table:nth-child(2)>tbody:nth-child(1)>tr:nth-child(1)>td:nth-child(1)>p:nth-child(1)": "zon",
		"body>table:nth-child(2)>tbody:nth-child(1)>tr:nth-child(1)>td:nth-child(1)>a:nth-child(2)": "zon",
		"body>table:nth-child(2)>tbody:nth-child(1)>tr:nth-child(1)>td:nth-child(2)>p:nth-child(1)": "zee",
		"body>table:nth-child(2)>tbody:nth-child(1)>tr:nth-child(1)>td:nth-child(3)":                "zee",
		"body>table:nth-child(2)>tbody:nth-child(1)":                                                "", // both
		"body>p:nth-child(3)>a:nth-child(1)":                                                        "",
		"body>h1:nth-child(2)":                                                                      "", // is no h1
		"body>p:nth-child(99999)":                                                                   "",
		"body":                                                                                      "",
		"html":                                                                                      "",
		"":                                                                                          "",
		"body>p; drop":                                                                              "",
	} {
		if got := placementAt(strings.ReplaceAll(mail, "PICTURE", picture), path, links, placements); got != want {
			t.Errorf("%s is of %q, not %q", path, got, want)
		}
	}
}
