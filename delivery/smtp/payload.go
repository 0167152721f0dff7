package smtp

import (
	"bytes"
	"errors"
)

var endOfData = []byte(".\r\n")

var errLineBreaks = errors.New("the message has a bare CR or LF")

// appendPayload appends message to dst as DATA wants it: dots at the start of
// a line doubled (RFC 5321 §4.5.2), a line end at the end, and the final dot.
// A message with a bare CR or LF is refused, for servers disagree on where
// such a line ends, and a second message could hide there (SMTP smuggling).
func appendPayload(dst, message []byte) ([]byte, error) {
	returns := bytes.Count(message, []byte{'\r'})
	for rest := message; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end == 0 || end > 0 && rest[end-1] != '\r' {
			return dst, errLineBreaks
		}
		if rest[0] == '.' {
			dst = append(dst, '.')
		}
		if end < 0 {
			dst = append(append(dst, rest...), "\r\n"...)
			break
		}
		returns--
		dst = append(dst, rest[:end+1]...)
		rest = rest[end+1:]
	}
	if returns != 0 {
		return dst, errLineBreaks
	}
	return append(dst, endOfData...), nil
}
