package campaigns

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/links"
)

// LinkID names a tracking link.
type LinkID int64

// Link is a tracking link of a campaign, kept so that it is pasted once.
type Link struct {
	ID         LinkID `db:"id" json:"id" readOnly:"true"`
	CampaignID ID     `db:"campaign_id" json:"campaign_id" readOnly:"true"`
	Name       string `db:"name" json:"name"`
	URL        string `db:"url" json:"url"`           // a deeplink has DeepMark where the address of a page belongs
	UTM        bool   `db:"utm" json:"utm,omitempty"` // what it leads to is told by utm_source, utm_medium and utm_campaign whence
}

// DeepMark stands in a deeplink where a page's address goes, escaped.
const DeepMark = "{url}"

// mostURL bounds an address, in bytes.
const mostURL = 2000

// Deep reports whether the link takes the address of a page to lead to.
func (l Link) Deep() bool { return strings.Contains(l.URL, DeepMark) }

// Validate returns everything that is wrong with the link: name, url.
func (l Link) Validate() error {
	var wrong fault.List
	name(&wrong, "name", l.Name)
	before, _, _ := strings.Cut(l.URL, DeepMark)
	if !form.Line(l.URL, mostURL) || !isPage(before) || !isPage(strings.ReplaceAll(l.URL, DeepMark, "x")) {
		wrong.Add("url", "campaigns.link_form")
	}
	return wrong.Err()
}

// To returns the address that the link has in a mail, for a campaign of the label
// so called: of a deeplink to page, else to where it leads by itself. Returns an
// invalid fault of page unless that is an address.
func (l Link) To(page, label, campaign string) (string, error) {
	switch {
	case !l.Deep():
		return l.tagged(l.URL, label, campaign), nil
	case !isPage(page) || len(page) > mostURL:
		return "", fault.At("page", "campaigns.link_page")
	}
	return strings.ReplaceAll(l.URL, DeepMark, url.QueryEscape(l.tagged(page, label, campaign))), nil
}

// tagged adds to an address by whom and what it is read from, but what it already says.
func (l Link) tagged(address, label, campaign string) string {
	if !l.UTM {
		return address
	}
	rest, fragment, _ := strings.Cut(address, "#")
	for _, tag := range [][2]string{{"utm_source", plain(label)}, {"utm_medium", "email"}, {"utm_campaign", plain(campaign)}} {
		if tag[1] == "" || strings.Contains(rest, "?"+tag[0]+"=") || strings.Contains(rest, "&"+tag[0]+"=") {
			continue
		}
		joint := "?"
		if strings.Contains(rest, "?") {
			joint = "&"
		}
		rest += joint + tag[0] + "=" + tag[1]
	}
	if fragment != "" {
		rest += "#" + fragment
	}
	return rest
}

// plain writes a name in small letters, digits and hyphens: zomer-op-texel.
func plain(text string) string {
	words := strings.FieldsFunc(norm.NFD.String(strings.ToLower(text)), func(c rune) bool {
		return !unicode.Is(unicode.Mn, c) && (c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c))
	})
	return strings.Map(func(c rune) rune {
		if c > unicode.MaxASCII {
			return -1
		}
		return c
	}, strings.Join(words, "-"))
}

func isPage(address string) bool {
	_, err := links.Parse(address)
	return err == nil
}

// Plain returns the address in a mail of the first link that leads somewhere by
// itself, and "" where there is none.
func Plain(all []Link, label, campaign string) string {
	for _, l := range all {
		if !l.Deep() {
			return l.tagged(l.URL, label, campaign)
		}
	}
	return ""
}
