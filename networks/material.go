package networks

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"keur/internal/form"
	"keur/internal/links"
)

// Supplier is an adapter of a network that tells of what it offers for its
// programmes. Capabilities.Material says of which kinds that is.
type Supplier interface {
	// Material answers one page of all that the account may use. A cursor is the
	// adapter's own text, empty for the first page.
	Material(ctx context.Context, c *Client, cursor string) (Supply, error)
}

// Supply is a page of what a network offers.
type Supply struct {
	Items  []Item
	Unread []Unread
	Next   string // the cursor of the next page; empty: that was all
}

// ItemKind says what an item is.
type ItemKind string

// The kinds.
const (
	Banner   ItemKind = "banner" // a picture
	TextLink ItemKind = "text"
	Code     ItemKind = "code" // a voucher code
	Promo    ItemKind = "offer"
)

// ItemKinds returns all kinds.
func ItemKinds() []ItemKind { return []ItemKind{Banner, TextLink, Code, Promo} }

// Item is a banner, text link, code or offer of a programme. Of the network's own
// markup nothing is kept but the addresses of picture and click.
type Item struct {
	Programme  string // the network's number of it
	Kind       ItemKind
	Ref        string // the network's number, among those of its kind and programme
	Name       string
	Text       string // what is said in it
	Conditions string
	Width      int // of a banner, in pixels; 0: the network doesn't say
	Height     int
	From       *time.Time
	Until      *time.Time // not within
	Code       string
	Exclusive  bool   // the code is for us alone
	Picture    string // its address
	Click      string // the address of a link, without our sub-id
	Modified   *time.Time
	Raw        json.RawMessage
}

const (
	maxAddress   = 2000 // characters
	maxSide      = 5000 // pixels
	maxItemText  = 500
	maxCondition = 1000
)

// Take adds an item as it was read, with what of it can't be: then it is unread.
func (s *Supply) Take(i Item, read *Reader) {
	i.Ref, i.Programme = strings.TrimSpace(i.Ref), strings.TrimSpace(i.Programme)
	for path, ref := range map[string]string{"ref": i.Ref, "programme_ref": i.Programme} {
		if ref == "" || !untaggedLine(ref) {
			read.wrong.Add(path, "networks.ref", "most", form.MaxName)
		}
	}
	i.Text, i.Conditions = OneLine(i.Text, maxItemText), OneLine(i.Conditions, maxCondition)
	i.Name = cmp.Or(OneLine(i.Name, form.MaxName), OneLine(i.Text, form.MaxName), OneLine(i.Ref, form.MaxName))
	i.Picture, i.Click = read.address("picture", i.Picture), read.address("click", i.Click)
	i.From, i.Until, i.Modified = microOf(i.From), microOf(i.Until), microOf(i.Modified)
	if i.Width < 1 || i.Height < 1 || i.Width > maxSide || i.Height > maxSide {
		i.Width, i.Height = 0, 0
	}
	if i.Code = strings.TrimSpace(i.Code); !untaggedLine(i.Code) {
		read.wrong.Add("code", "networks.text", "most", form.MaxName)
	}
	if i.From != nil && i.Until != nil && !i.From.Before(*i.Until) {
		read.wrong.Add("valid_until", "campaigns.validity_ends_before_start")
	}
	if i.lacks() {
		read.wrong.Add("kind", "networks.item_lacks")
	}
	if err := read.wrong.Err(); err != nil {
		s.Unread = append(s.Unread, Unread{i.Ref, err, i.Raw})
		return
	}
	s.Items = append(s.Items, i)
}

// lacks reports whether an item has not what makes it one of its kind.
func (i *Item) lacks() bool {
	switch i.Kind {
	case Banner:
		return i.Picture == "" || i.Click == ""
	case Code:
		return i.Code == ""
	}
	return i.Click == ""
}

// OneLine makes one line of a text of elsewhere, of so many characters at most and
// without tags of ours.
func OneLine(text string, most int) string {
	return form.Fit(untagged(strings.Join(strings.Fields(text), " ")), most)
}

// untagged returns a text without tags of ours: what somebody takes of a network into
// a mail would say there what we know of members, to whom its link leads.
func untagged(text string) string {
	for strings.Contains(text, "{{") {
		text = strings.ReplaceAll(text, "{{", "{ {")
	}
	return text
}

// untaggedLine reports whether a number or a code, which stays as it is, may: on one
// line, and without tags of ours. News of it couldn't be kept, nor all that is read with it.
func untaggedLine(text string) bool {
	return form.Line(text, form.MaxName) && !strings.Contains(text, "{{")
}

// address reads the address of a page or picture that may be left out.
func (r *Reader) address(path, text string) string {
	address, ok := Address(text)
	if !ok {
		r.wrong.Add(path, "networks.address")
	}
	return address
}

// Address reads the address of a page or picture that may be left out. Reports false
// if no browser would go there.
func Address(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "//") {
		text = "https:" + text
	}
	if text == "" {
		return "", true
	}
	if strings.Contains(text, "{{") { // as a browser asks for it, and no tag of ours
		text = strings.ReplaceAll(text, "{", "%7B")
	}
	_, err := links.Parse(text)
	return text, err == nil && form.Line(text, maxAddress)
}

// UntilOf reads until when something holds, which may be left out. A day without a
// time of day is within.
func (r *Reader) UntilOf(path, text string) *time.Time {
	end := r.MomentOf(path, text)
	if end != nil && len(strings.TrimSpace(text)) == len(time.DateOnly) {
		next := end.In(r.Zone).AddDate(0, 0, 1)
		return &next
	}
	return end
}

// Pixels reads a width or height; 0 if there is none that a picture can have.
func Pixels(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// materialSweep is the repeated question for all material.
func materialSweep() Sweep { return Sweep{Name: "material", Every: 24 * time.Hour} }
