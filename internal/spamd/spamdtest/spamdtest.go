// Package spamdtest is a spam checker for tests, which says what it is told to.
package spamdtest

import (
	"bufio"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"testing"
)

// Serve answers on the network (tcp or unix) at the address until the test ends,
// always the same. Returns where it listens, and what it is asked: the command
// and the mail, with a bar between them.
func Serve(t testing.TB, network, address, answer string) (at string, asked <-chan string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	said := make(chan string, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if question, err := read(conn); err == nil {
				said <- question
				_, _ = io.WriteString(conn, answer)
			}
			_ = conn.Close()
		}
	}()
	return listener.Addr().String(), said
}

func read(conn net.Conn) (string, error) {
	r := textproto.NewReader(bufio.NewReader(conn))
	command, err := r.ReadLine()
	if err != nil {
		return "", err
	}
	headers, err := r.ReadMIMEHeader()
	if err != nil {
		return "", err
	}
	size, err := strconv.Atoi(headers.Get("Content-Length"))
	if err != nil {
		return "", err
	}
	mail := make([]byte, size)
	_, err = io.ReadFull(r.R, mail)
	return command + "|" + string(mail), err
}
