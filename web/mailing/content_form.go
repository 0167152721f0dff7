package mailing

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"keur/internal/fault"
	"keur/mailings"
	"keur/web/desk"
)

// contentForm reads the form of the Content step, which may carry pictures.
func (s *content) contentForm(x *desk.Exchange) (desk.Form, error) {
	x.Request.Body = http.MaxBytesReader(x.Writer, x.Request.Body, desk.MaxUpload)
	if err := x.Request.ParseMultipartForm(desk.MaxUpload); err != nil {
		return desk.Form{}, fault.Wrap(err, fault.Invalid, "fault.form")
	}
	f := desk.NewForm(x.Say)
	f.Values = x.Request.PostForm
	return f, nil
}

// readContent writes what was typed into a brief, in the order in which it stands
// on the page. What the page doesn't show stays as it is.
func readContent(f desk.Form, d *mailings.Brief) {
	d.Preheader, d.SenderID = line(f, "preheader"), int64(f.Number("sender"))
	d.Subjects = nil
	for _, key := range f.Values["subject"] {
		d.Subjects = append(d.Subjects, mailings.Subject{Key: key, Text: line(f, "subject:"+key), Weight: max(f.Number("weight:"+key), 1)})
	}
	before := d.Placements
	d.Placements = nil
	for _, key := range f.Values["placement"] {
		p := mailings.BriefPlacement{Key: key}
		if at := slices.IndexFunc(before, func(p mailings.BriefPlacement) bool { return p.Key == key }); at >= 0 {
			p = before[at]
		}
		placement(f, &p)
		d.Placements = append(d.Placements, p)
	}
}

func placement(f desk.Form, p *mailings.BriefPlacement) {
	if creative := f.Field("creative:" + p.Key); creative != p.Creative {
		p.Creative, p.Width = creative, 0 // as wide as it is
	}
	p.CampaignID, p.VoucherPoolID = int64(f.Number("campaign:"+p.Key)), int64(f.Number("voucher:"+p.Key))
	p.Heading, p.Button, p.URL = line(f, "heading:"+p.Key), line(f, "button:"+p.Key), f.Field("url:"+p.Key)
	p.Text = strings.ReplaceAll(f.Get("text:"+p.Key), "\r\n", "\n")
	if f.Has("html:" + p.Key) {
		p.HTML = strings.ReplaceAll(f.Get("html:"+p.Key), "\r\n", "\n")
	}
}

// line returns what stands in a field of one line; spaces at its ends may be
// typed on.
func line(f desk.Form, name string) string {
	return strings.Join(strings.FieldsFunc(f.Get(name), func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}

// freeKey returns a key that nothing has: a, b, … or p1, p2, …
func freeKey(prefix string, taken []string) string {
	for n := 1; ; n++ {
		key := fmt.Sprintf("%s%d", prefix, n)
		if prefix == "" {
			key = string(rune('a' + n - 1))
		}
		if !slices.Contains(taken, key) {
			return key
		}
	}
}
