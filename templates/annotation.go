package templates

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"keur/templates/lang"
	"keur/templates/lint"
	"keur/templates/markup"
)

// Annotation is what Gmail is told of a placement's offer, for its list of
// promotions: schema.org's Organization, DiscountOffer and PromotionCard in the
// head of the mail. It is the same for all members.
type Annotation struct {
	Wanted  bool
	Offer   string // a short text; the placement's heading when it is empty
	Code    string // that all share
	Unique  bool   // each member has a code of their own, which isn't told
	Starts  string // RFC 3339
	Ends    string
	Logo    string // address
	Picture struct {
		URL, Type     string
		Width, Height int // pixels of the file
	}
}

const (
	annotationOpen  = `<script type="application/ld+json">[`
	annotationClose = "]</script>\n"
	schemaOpen      = `{"@context":"http://schema.org/","@type":"`
	maxOffer        = 30 // characters that fit beside a badge

	annotationLink = "Gmail" // how its link is called, which no word in the mail stands for
)

// within notes that a placement stands in an if, where it does.
func within(s *scanner, key string) {
	if s.OpenIfs() > 0 {
		s.chosen = append(s.chosen, key)
	}
}

// annotated returns the markup with what Gmail is told before the end of its head.
// Its link comes last among those of the program, and leads where the placement's
// does. Text in it is never read as tags.
func annotated(s *scanner, p *Program, pieces []lang.Piece) []lang.Piece {
	at := slices.IndexFunc(s.in.Placements, func(p Placement) bool { return p.Annotation.Wanted })
	if at < 0 {
		return pieces
	}
	placed := &s.in.Placements[at]
	head := slices.IndexFunc(pieces, func(p lang.Piece) bool { return p.Kind == lang.Head })
	if !lintAnnotation(s, placed, head >= 0, len(p.Links)) {
		return pieces
	}
	a := placed.Annotation
	told := []lang.Piece{lang.StaticPiece(annotationOpen)}
	thing := func(kind string, fields ...string) {
		text := schemaOpen + kind + `"`
		for i := 0; i < len(fields); i += 2 {
			if fields[i+1] != "" {
				text += `,"` + fields[i] + `":"` + string(lang.AppendEscaped(nil, []byte(fields[i+1]), lang.EscapeJSON, false)) + `"`
			}
		}
		if len(told) > 1 {
			text = "}," + text
		}
		told = append(told, lang.StaticPiece(text))
	}
	if a.Logo != "" {
		thing("Organization", "logo", a.Logo)
	}
	offer := cmp.Or(a.Offer, placed.Heading)
	thing("DiscountOffer", "description", offer, "discountCode", a.Code, "availabilityStarts", a.Starts, "availabilityEnds", a.Ends)
	if a.carded() && placed.URL != "" {
		headline := placed.Heading
		if strings.Contains(headline, "{{") {
			headline = ""
		}
		thing("PromotionCard", "image", a.Picture.URL, "headline", headline)
		told = append(told, lang.StaticPiece(`,"url":"`),
			lang.Piece{Kind: lang.Show, Value: lang.LinkAddress(len(p.Links)), Escape: lang.EscapeJSON}, lang.StaticPiece(`"`))
		p.Links = append(p.Links, lang.Link{Index: len(p.Links), URL: placed.URL, Placement: placed.Key, Text: annotationLink})
	}
	told = append(told, lang.StaticPiece("}"+annotationClose))
	return slices.Insert(slices.Clone(pieces), head, told...)
}

// carded reports whether Gmail may show the picture: it takes PNG and JPEG.
func (a *Annotation) carded() bool {
	return a.Picture.URL != "" && (a.Picture.Type == "image/png" || a.Picture.Type == "image/jpeg")
}

// lintAnnotation finds what is wrong with what Gmail is told of a placement, of
// which so many links stand in the mail. ok: it can be written.
func lintAnnotation(s *scanner, p *Placement, head bool, links int) (ok bool) {
	at, a := lang.Position{Part: lint.PlacementPart(p.Key)}, p.Annotation
	offer := cmp.Or(a.Offer, p.Heading)
	ok = true
	block := func(wrong bool, code, key string) {
		if wrong {
			s.report.Block(at, code, key)
			ok = false
		}
	}
	block(!head, "gmail_head", "templates.gmail_head")
	block(strings.TrimSpace(offer) == "", "gmail_offer", "templates.gmail_offer")
	block(strings.Contains(offer, "{{"), "gmail_tags", "templates.gmail_tags")
	block(strings.Contains(p.URL, "{{"), "gmail_link", "templates.gmail_link")
	block(slices.Contains(s.chosen, p.Key), "gmail_if", "templates.gmail_if")
	block(a.Starts > a.Ends, "gmail_dates", "templates.gmail_dates")
	block(p.URL != "" && !markup.IsWeb(p.URL), "link_not_http", "templates.gmail_link")
	block(links >= maxLinks, "too_many_links", "templates.gmail_link")
	if p.HTML != "" && p.URL != "" { // else the block has it, and is looked at
		lint.Link(s.report, func() lang.Position { return at }, p.URL)
	}
	lint.Spelling(s.report, offer, func(int) lang.Position { return at }, func(string) string { return "" })
	if utf8.RuneCountInString(offer) > maxOffer {
		s.report.Warn(at, "gmail_long", "templates.gmail_long", "most", maxOffer)
	}
	if a.Unique {
		s.report.Warn(at, "gmail_code", "templates.gmail_code")
	}
	switch {
	case a.Picture.URL == "":
	case !a.carded():
		s.report.Warn(at, "gmail_picture", "templates.gmail_picture_type")
	case p.URL == "":
		s.report.Warn(at, "gmail_picture", "templates.gmail_picture_link")
	case !shapely(a.Picture.Width, a.Picture.Height):
		s.report.Warn(at, "gmail_picture", "templates.gmail_picture_shape", "width", a.Picture.Width, "height", a.Picture.Height)
	}
	return ok
}

// shapes are width by height of the pictures that Gmail shows whole.
var shapes = []float64{4.0 / 5, 1, 1.91}

// shapely reports whether hardly anything of a picture is cropped.
func shapely(width, height int) bool {
	return height > 0 && slices.ContainsFunc(shapes, func(shape float64) bool {
		return math.Abs(float64(width)/float64(height)/shape-1) <= 0.05
	})
}

// Card is what Gmail may show of a mail in its list, as the mail tells it.
type Card struct {
	Logo     string    `json:"logo,omitempty" doc:"Address of the sender's logo"`
	Offer    string    `json:"offer"`
	Code     string    `json:"code,omitempty" doc:"The code that all share"`
	Starts   time.Time `json:"starts" doc:"From when the offer holds"`
	Ends     time.Time `json:"ends" doc:"Until when"`
	Picture  string    `json:"picture,omitempty" doc:"Address of the picture"`
	Headline string    `json:"headline,omitempty" doc:"What stands below the picture"`
}

// LogoHash and PictureHash name the pictures among those that are kept.
func (c *Card) LogoHash() string    { return c.Logo[strings.LastIndexByte(c.Logo, '/')+1:] }
func (c *Card) PictureHash() string { return c.Picture[strings.LastIndexByte(c.Picture, '/')+1:] }

// cardOf reads the card from the HTML of a mail, as Gmail does. It is nil in a mail
// that tells none.
func cardOf(mail string) (*Card, error) {
	if !strings.Contains(mail, annotationOpen) {
		return nil, nil
	}
	root, err := html.ParseWithOptions(strings.NewReader(mail), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, err
	}
	for n := range root.Descendants() {
		if n.DataAtom != atom.Script || n.FirstChild == nil {
			continue
		}
		var said []struct {
			Type     string    `json:"@type"`
			Logo     string    `json:"logo"`
			Offer    string    `json:"description"`
			Code     string    `json:"discountCode"`
			Starts   time.Time `json:"availabilityStarts"`
			Ends     time.Time `json:"availabilityEnds"`
			Picture  string    `json:"image"`
			Headline string    `json:"headline"`
		}
		if err := json.Unmarshal([]byte(n.FirstChild.Data), &said); err != nil {
			return nil, err
		}
		var card Card
		for _, one := range said {
			card.Logo, card.Picture = cmp.Or(card.Logo, one.Logo), cmp.Or(card.Picture, one.Picture)
			card.Headline = cmp.Or(card.Headline, one.Headline)
			if one.Type == "DiscountOffer" {
				card.Offer, card.Code, card.Starts, card.Ends = one.Offer, one.Code, one.Starts, one.Ends
			}
		}
		return &card, nil
	}
	return nil, nil
}
