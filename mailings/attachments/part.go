package attachments

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"mime"
	"strings"
)

// Enclosure is what stands around the text of a mail that has files: written out
// once, as it is the same for each member.
type Enclosure struct {
	Before []byte // from Content-Type to the text's own headers
	After  []byte // from the end of the text to the last byte of the mail
}

// Enclose returns the enclosure of files, whose bytes are in data, as
// multipart/mixed (RFC 2046 §5.1.3): the text first. Its boundary hangs on the files
// alone; the =_ in it occurs in neither base64 nor quoted-printable text.
func Enclose(files []File, data [][]byte) *Enclosure {
	h := fnv.New64a()
	for _, f := range files {
		_, _ = h.Write([]byte(f.Hash + f.Name + "\n")) // a hash never returns an error
	}
	boundary := fmt.Sprintf("=_keur_files_%016x", h.Sum64())
	e := &Enclosure{Before: fmt.Appendf(nil, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n", boundary, boundary)}
	for i, f := range files {
		e.After = fmt.Appendf(e.After, "--%s\r\n", boundary)
		e.After = appendPart(e.After, f.Name, data[i])
	}
	e.After = fmt.Appendf(e.After, "--%s--\r\n", boundary)
	return e
}

// lineBytes become 76 characters of base64, as many as a line may have (RFC 2045 §6.8).
const lineBytes = 57

// appendPart appends a file as a part of a mail.
func appendPart(dst []byte, name string, data []byte) []byte {
	dst = append(dst, "Content-Type: "+Type+"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment"...)
	dst = append(appendName(dst, name), "\r\n\r\n"...)
	for len(data) > 0 {
		n := min(len(data), lineBytes)
		dst = base64.StdEncoding.AppendEncode(dst, data[:n])
		dst = append(dst, "\r\n"...)
		data = data[n:]
	}
	return dst
}

// nameWidth is how many characters of a name stand on a line.
const nameWidth = 54

// appendName appends the name as a parameter: in quotes where it is short and in
// ASCII, else in the pieces and the encoding of RFC 2231 §4.1.
func appendName(dst []byte, name string) []byte {
	plain := true
	for i := range len(name) {
		plain = plain && name[i] < 0x80
	}
	if plain && len(name) <= nameWidth {
		return fmt.Appendf(dst, ";\r\n filename=\"%s\"", name)
	}
	coded := "UTF-8''"
	for piece, i := 0, 0; i < len(name); piece++ {
		for i < len(name) && len(coded)+3 <= nameWidth {
			coded += percent(name[i])
			i++
		}
		dst = fmt.Appendf(dst, ";\r\n filename*%d*=%s", piece, coded)
		coded = ""
	}
	return dst
}

// percent returns a byte as it stands in an extended value: itself where RFC 2231
// takes it so, else in hexadecimal.
func percent(c byte) string {
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
		return string(rune(c))
	}
	return "%" + strings.ToUpper(hex.EncodeToString([]byte{c}))
}

// Encoded returns how many bytes files of a size become in a mail.
func Encoded(size int) int { return (size + lineBytes - 1) / lineBytes * (76 + 2) }

// Type is the media type of each file.
const Type = "application/pdf"

// Headers are those beside its type under which a file is served to be looked at: as what it is, by
// itself, and with nothing around it that could be reached from it (RFC 6266).
func Headers(f File) map[string]string {
	return map[string]string{
		"Content-Disposition":          mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}),
		"Content-Security-Policy":      "default-src 'none'; sandbox",
		"X-Content-Type-Options":       "nosniff",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "private, no-store",
		"Referrer-Policy":              "no-referrer",
	}
}
