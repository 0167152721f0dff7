package tables

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"keur/internal/civil"
	"keur/internal/fault"
)

// paper is a table on pages, A4 across or, where its columns need it, A3. What
// a column needs is known once all rows are, so they wait in memory.
type paper struct {
	*fpdf.Fpdf

	to     io.Writer
	reader Reader
	title  string
	heads  []head
	rows   [][]string
	widths []float64 // mm
}

// Lengths on paper, in mm, and sizes of letters, in points.
const (
	margin   = 10.0
	gap      = 1.5 // on either side of a cell
	line     = 4.0
	letters  = 8.0
	longest  = 70.0 // a text is broken beyond it
	shortest = 14.0 // a text is not made narrower
)

// PaperRows is how many rows go on paper; nobody leafs through more.
const PaperRows = 5000

func newPaper(to io.Writer, r Reader, title string, heads []head) *paper {
	return &paper{to: to, reader: r, title: title, heads: heads}
}

func (p *paper) row(cells []Value) error {
	if len(p.rows) == PaperRows {
		return fault.New(fault.Invalid, "tables.long_for_paper", "most", PaperRows)
	}
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = p.say(c)
	}
	p.rows = append(p.rows, texts)
	return nil
}

// say writes a value as people read it on the desk.
func (p *paper) say(v Value) string {
	say := p.reader.Say
	switch v := v.(type) {
	case Count:
		return say.Number(int64(v))
	case Share:
		return say.Percent(float64(v))
	case Amount:
		return say.Money(v.Minor, v.Currency)
	case Moment:
		t := time.Time(v).In(p.reader.Zone)
		return inDigits(t, say) + " " + say.Clock(t)
	case Day:
		return inDigits(civil.Date(v).At(0, time.UTC), say)
	}
	return plainly(v, p.reader)
}

func (p *paper) end() error {
	p.begin("A4")
	if p.lay(); p.width() > p.room() {
		p.begin("A3")
		p.lay()
	}
	p.fit()
	p.SetHeaderFunc(p.top)
	p.SetFooterFunc(p.foot)
	p.AddPage()
	for i, row := range p.rows {
		p.draw(row, i%2 == 1)
	}
	return p.Output(p.to)
}

func (*paper) close() error { return nil }

// begin begins the document anew in a size of pages.
func (p *paper) begin(size string) {
	p.Fpdf = fpdf.New("L", "mm", size, "")
	// Embedded fonts, because names aren't only written in Latin-1.
	p.AddUTF8FontFromBytes("go", "", goregular.TTF)
	p.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	p.SetTitle(p.title, true)
	p.SetCreationDate(p.reader.Now)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(false, margin)
	p.SetCellMargin(0)
	p.AliasNbPages("")
}

// lay gives each column what its cells need, and its head's longest word.
func (p *paper) lay() {
	p.widths = make([]float64, len(p.heads))
	p.SetFont("go", "B", letters)
	for i, h := range p.heads {
		for word := range strings.FieldsSeq(h.Name) {
			p.widths[i] = max(p.widths[i], p.GetStringWidth(word))
		}
	}
	p.SetFont("go", "", letters)
	for _, row := range p.rows {
		for i, text := range row {
			p.widths[i] = max(p.widths[i], min(p.GetStringWidth(text), longest))
		}
	}
	for i := range p.widths {
		p.widths[i] += 2 * gap
	}
}

// fit takes from the widest texts what the page lacks. A table of so many
// columns that this isn't enough is narrowed as a whole.
func (p *paper) fit() {
	for over := p.width() - p.room(); over > 0.01; over = p.width() - p.room() {
		widest := -1
		for i, h := range p.heads {
			if !h.Kind.number() && p.widths[i] > shortest && (widest < 0 || p.widths[i] > p.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			for i := range p.widths {
				p.widths[i] *= p.room() / (p.room() + over)
			}
			return
		}
		p.widths[widest] = max(shortest, p.widths[widest]-min(over, 1))
	}
}

func (p *paper) width() (sum float64) {
	for _, w := range p.widths {
		sum += w
	}
	return sum
}

// room is how wide a table may be.
func (p *paper) room() float64 {
	width, _ := p.GetPageSize()
	return width - 2*margin
}

// top writes the title on the first page, and the head on each.
func (p *paper) top() {
	p.SetTextColor(0, 0, 0)
	if p.PageNo() == 1 {
		p.SetFont("go", "B", 14)
		p.CellFormat(0, 8, p.title, "", 1, "L", false, 0, "")
		p.Ln(2)
	}
	p.SetFont("go", "B", letters)
	names := make([]string, len(p.heads))
	for i, h := range p.heads {
		names[i] = h.Name
	}
	p.cells(names, p.height(names))
	p.SetDrawColor(120, 120, 120)
	p.Line(margin, p.GetY(), margin+p.width(), p.GetY())
	p.Ln(0.8)
	p.SetFont("go", "", letters)
}

// foot writes the number of the page and when the table was made.
func (p *paper) foot() {
	_, height := p.GetPageSize()
	p.SetXY(margin, height-margin+1)
	p.SetFont("go", "", 7)
	p.SetTextColor(90, 90, 90)
	now := p.reader.Now.In(p.reader.Zone)
	p.CellFormat(0, 4, inDigits(now, p.reader.Say)+" "+p.reader.Say.Clock(now), "", 0, "L", false, 0, "")
	p.SetX(margin)
	p.CellFormat(0, 4, strconv.Itoa(p.PageNo())+" / {nb}", "", 0, "R", false, 0, "")
	p.SetTextColor(0, 0, 0)
}

// draw draws a row, on the next page when it isn't whole on this one.
func (p *paper) draw(texts []string, shaded bool) {
	height := p.height(texts)
	_, page := p.GetPageSize()
	if p.GetY()+height > page-margin-2 && p.GetY() > 4*margin {
		p.AddPage()
	}
	if shaded {
		p.SetFillColor(244, 244, 242)
		p.Rect(margin, p.GetY(), p.width(), height, "F")
	}
	p.cells(texts, height)
}

// height is that of a row whose texts are broken into lines.
func (p *paper) height(texts []string) float64 {
	most := 1
	for i, text := range texts {
		most = max(most, len(p.broken(text, i)))
	}
	_, page := p.GetPageSize()
	return min(float64(most)*line+1, page-5*margin) // what no page holds is cut
}

// broken breaks a text into the lines of its column.
func (p *paper) broken(text string, column int) []string {
	return p.SplitText(text, p.widths[column]-2*gap+0.01)
}

// cells writes texts beside each other: numbers stand at the right.
func (p *paper) cells(texts []string, height float64) {
	x, y := margin, p.GetY()
	for i, text := range texts {
		align := "L"
		if p.heads[i].Kind.number() {
			align = "R"
		}
		lines := p.broken(text, i)
		lines = lines[:min(len(lines), int(height/line))]
		for n, part := range slices.All(lines) {
			p.SetXY(x+gap, y+0.5+float64(n)*line)
			p.CellFormat(p.widths[i]-2*gap, line, part, "", 0, align, false, 0, "")
		}
		x += p.widths[i]
	}
	p.SetXY(margin, y+height)
}
