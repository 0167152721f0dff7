package mailing

import (
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/typed"
	"keur/mailings"
	"keur/web/desk"
)

// contentFormMost bounds the whole form in bytes. A picture may be larger than
// is allowed, so that this can be said beside it, and the rest be saved.
const contentFormMost = 64 << 20

// contentForm reads the form of the Content step, and the pictures that it
// carries, by the names of their fields.
func (s *content) contentForm(x *desk.Exchange) (desk.Form, map[string][]byte, error) {
	desk.Stream(x, contentFormMost)
	parts, err := x.Request.MultipartReader()
	if err != nil {
		return desk.Form{}, nil, fault.Wrap(err, fault.Invalid, "fault.form")
	}
	values, pictures := url.Values{}, map[string][]byte{}
	for room := desk.MaxForm; ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return desk.Form{}, nil, fault.Wrap(err, fault.Invalid, "fault.form")
		}
		file := part.FileName() != ""
		most := room
		if file {
			most = campaigns.MaxCreative
		}
		data, err := io.ReadAll(io.LimitReader(part, int64(most)+1)) // what is behind it is read over by NextPart
		if err != nil {
			return desk.Form{}, nil, fault.Wrap(err, fault.Invalid, "fault.form")
		}
		switch name := part.FormName(); {
		case file:
			pictures[name] = data
		case len(data) > room:
			return desk.Form{}, nil, fault.New(fault.Invalid, "fault.form")
		case !strings.HasPrefix(name, "file:"): // which is empty when nothing was chosen
			room -= len(data)
			values.Add(name, string(data))
		}
	}
	x.Request.PostForm = values
	return desk.FormOf(x), pictures, nil
}

// readContent writes what was typed into a brief, in the order in which it stands
// on the page. What the page doesn't show stays as it is.
func readContent(f desk.Form, d *mailings.Brief) {
	d.Preheader, d.SenderID = line(f, "preheader"), int64(f.Number("sender"))
	weights := d.Subjects
	d.Subjects = nil
	for _, key := range f.Values["subject"] {
		subject := mailings.Subject{Key: key, Text: line(f, "subject:"+key), Weight: max(f.Positive("weight:"+key), 1)}
		if at := slices.IndexFunc(weights, func(s mailings.Subject) bool { return s.Key == key }); at >= 0 && f.Refused("weight:"+key) {
			subject.Weight = weights[at].Weight
		}
		d.Subjects = append(d.Subjects, subject)
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
	p.CampaignID, p.VoucherPoolID, p.Gmail = int64(f.Number("campaign:"+p.Key)), int64(f.Number("voucher:"+p.Key)), f.Has("gmail:"+p.Key)
	p.Heading, p.Button, p.URL = line(f, "heading:"+p.Key), line(f, "button:"+p.Key), typed.WebAddress(f.Field("url:"+p.Key))
	p.Text, p.GmailOffer = strings.ReplaceAll(f.Get("text:"+p.Key), "\r\n", "\n"), strings.TrimSpace(line(f, "gmail_offer:"+p.Key))
	if f.Has("html:" + p.Key) {
		p.HTML = strings.ReplaceAll(f.Get("html:"+p.Key), "\r\n", "\n")
	}
}

// line returns what stands in a field of one line; spaces at its ends may be
// typed on.
func line(f desk.Form, name string) string {
	return strings.Join(strings.FieldsFunc(f.Get(name), func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}

// freeKey returns a key that nothing has: a, b, …
func freeKey(taken []string) string {
	for key := 'a'; ; key++ {
		if !slices.Contains(taken, string(key)) {
			return string(key)
		}
	}
}
