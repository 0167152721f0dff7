package certificates

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"keur/mailings"
	"keur/mailings/schedules"
	"keur/segments"
)

// sheet is one certificate being drawn on A4.
type sheet struct {
	*fpdf.Fpdf
	zone *time.Location
}

// PDF writes the certificate as a PDF, to print, sign or send to a network. Its
// times stand in the label's zone.
func (c *Certificate) PDF(w io.Writer) error {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	s := sheet{fpdf.New("P", "mm", "A4", ""), zone}
	// Embedded fonts, because names aren't only written in Latin-1.
	s.AddUTF8FontFromBytes("go", "", goregular.TTF)
	s.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	s.SetTitle(c.Title, true)
	s.SetCreationDate(c.IssuedAt)
	s.SetMargins(20, 20, 20)
	s.AddPage()
	s.head(c)
	s.part("What was approved")
	s.fact("Subject", strings.Join(c.Subjects, "\n"))
	s.fact("Moment", fmt.Sprintf("%s (%s)", strings.Replace(c.Schedule, "T", " ", 1), c.TimeZone))
	if c.Ceiling == nil {
		s.fact("Audience", c.members(c.Audience))
	} else {
		s.fact("Goes out", slotLine(c.Slots))
		s.fact("Audience", fmt.Sprintf("%s, at most %s each time", c.members(c.Audience), c.members(*c.Ceiling)))
	}
	for _, p := range c.Placements {
		s.fact(p.Advertiser, p.Campaign+"\n"+termsLine(p.Terms))
	}
	if len(c.Files) > 0 {
		s.part("Attachments")
	}
	for _, f := range c.Files {
		s.fact(fmt.Sprint(f.Number), fmt.Sprintf("%s\n%d bytes, SHA-256 %s", f.Name, f.Size, f.Hash))
	}
	s.part("By whom")
	for _, step := range c.Steps {
		s.step(&step)
	}
	if len(c.Clearances) > 0 {
		s.part("Let go on")
	}
	for _, clearance := range c.Clearances {
		s.clearance(&clearance)
	}
	s.part("How to check this")
	s.small("The digest is the SHA-256 of the revision's canonical content. Each verdict above is an entry of an append-only audit " +
		"trail in which every entry carries the hash of the one before; `keur audit verify --kept NUMBER:HASH` " +
		"checks the whole trail, and that it still holds an entry below.")
	for _, entry := range c.Trail {
		s.small(fmt.Sprintf("%d  %s  %s  %s  %x", entry.Seq, entry.At.UTC().Format(time.RFC3339), entry.Action, entry.By(), entry.Hash))
	}
	s.signatures(c.Steps)
	return s.Output(w)
}

// signatures draws what passkeys signed, in whole, so that it can be checked
// from the paper alone.
func (s *sheet) signatures(steps []CertifiedStep) {
	for _, step := range steps {
		if v := step.Signature; v != nil {
			s.small(fmt.Sprintf("Review %d is signed by a passkey, which counts if an anchor of the audit trail before entry %d holds it. "+
				"Public key %x. Nonce %x. Authenticator data %x. Client data %s. Signature %x.",
				step.Review, step.TrailSeq, []byte(v.PublicKey), []byte(v.Nonce), []byte(v.AuthenticatorData), v.ClientData,
				[]byte(v.Signature)))
		}
	}
}

// members says how many members, roughly where counts are rounded.
func (c *Certificate) members(n int) string {
	if c.Rounded && n == 0 {
		return fmt.Sprintf("fewer than %d members", segments.Fewest)
	}
	return fmt.Sprintf("%d members", n)
}

func (s *sheet) head(c *Certificate) {
	s.SetFont("go", "B", 20)
	s.Cell(0, 10, c.Title)
	s.Ln(13)
	s.SetFont("go", "", 11)
	s.MultiCell(0, 6, fmt.Sprintf("%s: mailing %d, revision %d", c.Label, c.Mailing.ID, c.Revision), "", "L", false)
	s.SetFont("go", "B", 13)
	s.MultiCell(0, 7, c.Mailing.Name, "", "L", false)
	s.SetFont("go", "", 9)
	s.SetTextColor(90, 90, 90)
	s.MultiCell(0, 5, fmt.Sprintf("Digest %s\nState: %s. Issued %s", c.Digest, c.State.Words(), s.when(&c.IssuedAt)), "", "L", false)
	s.SetTextColor(0, 0, 0)
}

func (s *sheet) part(title string) {
	s.Ln(5)
	s.SetFont("go", "B", 12)
	s.Cell(0, 8, title)
	s.Ln(8)
	x, y := s.GetXY()
	s.SetDrawColor(190, 190, 190)
	s.Line(x, y, 190, y)
	s.Ln(2)
}

// fact draws a name on the left and what it is on the right.
func (s *sheet) fact(name, text string) {
	const left = 40
	s.SetFont("go", "B", 10)
	x, y := s.GetXY()
	s.MultiCell(left-2, 5.5, name, "", "L", false)
	below := s.GetY()
	s.SetXY(x+left, y)
	s.SetFont("go", "", 10)
	s.MultiCell(0, 5.5, text, "", "L", false)
	s.SetXY(x, max(below, s.GetY()))
}

func (s *sheet) step(step *CertifiedStep) {
	name := string(step.Step)
	if step.Advertiser != "" {
		name += "\n" + step.Advertiser
	}
	text := step.Verdict.Words()
	if from := step.From; from != nil {
		text += fmt.Sprintf("\napproved as revision %d by %s (%s, %s)\n%s, audit entry %d; their part is the same since",
			from.Number, from.Name,
			from.By, from.Address, s.when(&from.DecidedAt), from.TrailSeq)
	}
	if step.Verdict == "carried" {
		text += fmt.Sprintf("\nnoted %s, audit entry %d", s.when(step.At), step.TrailSeq)
	} else if step.At != nil {
		role := step.DecidedBy
		if step.Address != "" {
			role += ", " + step.Address
		}
		if step.Token != nil {
			role += fmt.Sprintf(", by token %d", *step.Token)
		}
		text += fmt.Sprintf(" by %s (%s)", step.Name, role)
		if step.DeputyFor != nil {
			text += fmt.Sprintf(", deputy for %s (%s)", step.AwayName, step.DeputyFor.Actor())
		}
		text += fmt.Sprintf("\n%s, audit entry %d", s.when(step.At), step.TrailSeq)
	}
	if step.ProvenBy != "" {
		text += "\nproven by " + step.ProvenBy
	}
	if code := step.LinkCode; code != nil {
		text += fmt.Sprintf("\ncode mailed there %s, given %s", s.when(&code.MailedAt), s.when(&code.GivenAt))
	}
	if step.Reason != "" {
		text += "\n" + step.Reason
	}
	if len(step.Checklist) > 0 {
		text += "\nsigned off: " + strings.Join(step.Checklist, ", ")
	}
	if n := len(step.FacesSeen); n > 0 {
		text += fmt.Sprintf("\nsaw the mails %s", strings.Trim(fmt.Sprint([]int(step.FacesSeen)), "[]"))
	}
	if n := len(step.Opened); n > 0 {
		text += fmt.Sprintf("\nopened the attachments %s", strings.Trim(fmt.Sprint([]int(step.Opened)), "[]"))
	}
	s.fact(name, text)
	s.Ln(1.5)
}

// clearance draws who let a send go on that was held, or had missed its slot.
func (s *sheet) clearance(d *CertifiedClearance) {
	text := "new slot, as its own was missed"
	if !d.Reason.IsZero() {
		text = "released from: " + d.Reason.String()
	}
	role := d.By.String()
	if d.Token != nil {
		role += fmt.Sprintf(", by token %d", *d.Token)
	}
	s.fact(d.Slot.Wall().Format("2006-01-02 15:04"), fmt.Sprintf("%s\nby %s (%s), proven by %s\n%s, audit entry %d",
		text, d.Name, role, d.ProvenBy, s.when(&d.At), d.TrailSeq))
	s.Ln(1.5)
}

func (s *sheet) small(text string) {
	s.SetFont("go", "", 7.5)
	s.MultiCell(0, 4, text, "", "L", false)
}

func (s *sheet) when(t *time.Time) string { return t.In(s.zone).Format("2006-01-02 15:04:05 MST") }

// termsLine writes deal lines in one line.
func termsLine(terms []mailings.Term) string {
	lines := make([]string, len(terms))
	for i, t := range terms {
		lines[i] = t.String()
	}
	return strings.Join(lines, ", ")
}

// slotLine lists when what recurs goes out.
func slotLine(slots []schedules.Slot) string {
	dates := make([]string, len(slots))
	for i, slot := range slots {
		dates[i] = slot.Local.Wall().Format("2006-01-02 15:04")
	}
	return fmt.Sprintf("%d times: %s", len(slots), strings.Join(dates, ", "))
}
