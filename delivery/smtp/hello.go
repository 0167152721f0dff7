package smtp

import "net"

// mostHello is how many bytes a server may say before its first MAIL: greeting, EHLO,
// its certificates and what it says to a login.
const mostHello = 256 << 10

// hello is the line to a server that isn't ready yet. Who reads it then, go-mail,
// reads replies and lines of any length; a stranger's server would fill the memory.
type hello struct {
	net.Conn
	left int
	over bool // from here on we read by ourselves, see readAnswer
}

func newHello(line net.Conn) *hello { return &hello{Conn: line, left: mostHello} }

func (h *hello) Read(to []byte) (int, error) {
	if h.over {
		return h.Conn.Read(to)
	}
	if h.left == 0 {
		return 0, errNotSMTP
	}
	n, err := h.Conn.Read(to[:min(len(to), h.left)])
	h.left -= n
	return n, err
}

// end has the line be read without bounds, unless the server came to them: then what
// looks like the end of a reply may be the middle of one.
func (h *hello) end() error {
	if h.left == 0 {
		return errNotSMTP
	}
	h.over = true
	return nil
}
