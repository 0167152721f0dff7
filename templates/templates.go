// Package templates turns the source of an e-mail into the bytes that each
// member receives: MJML and HTML, the small personalisation language, links
// that can be counted, the text part, and lint that says what is wrong before
// anyone is asked to approve. A mailing's content is compiled once into a
// Program; after that a member costs microseconds.
package templates

import "keur/templates/lang"

// Format says what language a template's source is written in.
type Format string

// The formats of a template.
const (
	HTML Format = "html"
	MJML Format = "mjml"
)

// Kind says what a template is for.
type Kind string

// The kinds of templates.
const (
	Mail    Kind = "mail"    // mailings begin with it
	Partial Kind = "partial" // MJML that other templates include by its name
)

// Input is everything that a member may be shown, apart from the member.
type Input struct {
	Format     Format
	Source     string
	Partials   []Included // which the source, or one of them, includes
	Subjects   []Subject
	Preheader  string // may hold tags, as the subjects may
	Label      Label
	Placements []Placement
	Fields     map[string]lang.FieldType // the fields of a member: first_name, and so on
	Copies     map[string]Copy           // of pictures of elsewhere, by their address
	Draft      bool                      // not saved yet: pictures of elsewhere may still be shown from there
}

// Subject is one variant of the subject line.
type Subject struct {
	Key  string
	Text string
}

// Included is a partial template by value.
type Included struct {
	Name   string
	Source string
}

// Label is what a template may say of the label: {{label.name}} and so on.
type Label struct {
	Name      string
	Locale    string // nl, de or en; picks words, months and separators
	Imprint   string // legal name and postal address, one line each
	PublicURL string // scheme and host of the public server
	Accent    string // a colour such as #0a6b5d
}

// Placement is one block of the mailing, for one campaign. Either HTML is
// given, or the block is drawn from the picture and the words.
type Placement struct {
	Key        string
	CampaignID int64
	Advertiser string            // must be named in the mailing
	Campaign   map[string]string // {{campaign.name}} and further facts

	HTML string // the whole block; the rest is not used when it is set

	Picture Picture
	Heading string
	Text    string // paragraphs are divided by an empty line
	Voucher bool   // shows the member's code in a box, unless the words do
	Button  string
	URL     string // where the picture, the heading and the button lead

	Annotation Annotation // by value, as what is kept of inputs is found by all of it
}

// Picture is the creative of a placement.
type Picture struct {
	URL           string
	Width, Height int // in pixels of the page, which is 600 wide
	Alt           string
}
