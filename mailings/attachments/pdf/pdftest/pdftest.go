// Package pdftest writes PDFs for tests by hand, whole ones and such as nobody
// should send.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
)

// Plain returns a PDF of one page that says a text, which stands in parentheses in
// it: without any itself.
func Plain(says string) []byte { return With(says, "", "") }

// With returns Plain with entries for its catalog, and objects behind the fifth.
func With(says, catalog string, more ...string) []byte {
	return Doc("/Root 1 0 R", append([]string{
		"<< /Type /Catalog /Pages 2 0 R " + catalog + " >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		Stream("", []byte("BT /F1 18 Tf 20 100 Td ("+says+") Tj ET")),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}, more...)...)
}

// Stream returns a stream object with entries for its dictionary.
func Stream(entries string, data []byte) string {
	return fmt.Sprintf("<< /Length %d %s >>\nstream\n%s\nendstream", len(data), entries, data)
}

// Packed returns a stream object that is deflated.
func Packed(entries string, data []byte) string {
	return Stream("/Filter /FlateDecode "+entries, Deflated(data))
}

// Deflated returns data as zlib packs them.
func Deflated(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data) // a buffer takes all
	_ = w.Close()
	return b.Bytes()
}

// Doc returns a PDF of objects, from number 1 on, with a table of contents and the
// entries of its trailer. An object that is empty is left out.
func Doc(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var table strings.Builder
	for i, object := range objects {
		if object == "" {
			table.WriteString("0000000000 00000 f \n")
			continue
		}
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, table.String(), len(objects)+1, trailer, at)
	return b.Bytes()
}

// Modern returns a PDF whose objects stand in a stream, and whose table of contents
// is one, too. The third object is left to be packed behind the others.
func Modern(third string) []byte {
	packed := []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", third}
	var head, body strings.Builder
	for i, object := range packed {
		fmt.Fprintf(&head, "%d %d ", i+1, body.Len())
		body.WriteString(object + "\n")
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	objects := b.Len()
	entries := fmt.Sprintf("/Type /ObjStm /N 3 /First %d", head.Len())
	fmt.Fprintf(&b, "4 0 obj\n%s\nendobj\n", Packed(entries, []byte(head.String()+body.String())))
	at := b.Len()
	rows := [][3]int{{0, 0, 255}, {2, 4, 0}, {2, 4, 1}, {2, 4, 2}, {1, objects, 0}, {1, at, 0}}
	var table bytes.Buffer
	above := [4]byte{}
	for _, r := range rows {
		row := [4]byte{byte(r[0]), byte(r[1] >> 8), byte(r[1]), byte(r[2])}
		table.WriteByte(2) // PNG's filter "up"
		for i := range row {
			table.WriteByte(row[i] - above[i])
		}
		above = row
	}
	fmt.Fprintf(&b, "5 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n", Packed(
		"/Type /XRef /Size 6 /W [1 2 1] /Root 1 0 R /DecodeParms << /Predictor 12 /Columns 4 >>", table.Bytes()), at)
	return b.Bytes()
}
