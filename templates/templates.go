// Package templates turns the source of an e-mail into the bytes that each
// member receives: MJML and HTML, the small personalisation language, links
// that can be counted, the text part, and lint that says what is wrong before
// anyone is asked to approve. A mailing's content is compiled once into a
// Program; after that a member costs microseconds.
package templates

// Format says what language a template's source is written in.
type Format string

// The formats of a template.
const (
	HTML Format = "html"
	MJML Format = "mjml"
)

// FieldType is the type of a member's field. It decides what may be compared
// with it and how its text is read.
type FieldType string

// The types of fields, with the text that Recipient.Values carries for each.
const (
	Text   FieldType = "text"   // as it is
	Number FieldType = "number" // 1234.5
	Date   FieldType = "date"   // 2026-11-21, or with a time as in RFC 3339
	Bool   FieldType = "bool"   // true or false
	Set    FieldType = "set"    // a JSON array of texts: ["travel","books"]
)

// Input is everything that a member may be shown, apart from the member.
type Input struct {
	Format     Format
	Source     string
	Subjects   []Subject
	Preheader  string // may hold tags, as the subjects may
	Label      Label
	Placements []Placement
	Fields     map[string]FieldType // the fields of a member: first_name, and so on
}

// Subject is one variant of the subject line.
type Subject struct {
	Key  string
	Text string
}

// Label is what a template may say of the label: {{label.name}} and so on.
type Label struct {
	Name      string
	Locale    string // nl, de or en; picks words, months and separators
	Imprint   string // legal name and postal address, one line each
	PublicURL string // scheme and host of the public door
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
}

// Picture is the creative of a placement.
type Picture struct {
	URL           string
	Width, Height int // in pixels of the page, which is 600 wide
	Alt           string
}

// Link is one link that is counted.
type Link struct {
	Index     int
	URL       string // byte for byte what the source says, entities resolved
	Placement string // key of the placement in whose block it stands, or ""
	Text      string // what the reader clicks on
}

// Recipient is what one member brings to a Program.
type Recipient struct {
	Values   []string // in the order of Program.Fields; "" when there is none
	Vouchers []string // in the order of Program.Vouchers
}

// URLs writes the addresses that differ for each member. The tracking package
// signs them; a preview shows addresses that lead nowhere.
type URLs interface {
	AppendLink(dst []byte, link int) []byte
	AppendPixel(dst []byte) []byte
	AppendHoneypot(dst []byte) []byte // a link that no person sees
	AppendUnsubscribe(dst []byte) []byte
	AppendPreferences(dst []byte) []byte
	AppendView(dst []byte) []byte
}
