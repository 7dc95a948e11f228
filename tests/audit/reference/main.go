// Asks the reference implementation (golang.org/x/mod/sumdb/tlog and note) about trees, tiles, proofs and notes.
//
//	vectors              prints what it computes for known entries and keys, as JSON: tests/audit/vectors.json
//	verify FOLDER VKEY   checks a log on disk: its note, every tile, every entry, and a proof for each
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// The reference writes the height into a tile's path; the public format has it fixed and leaves it out.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = m[index]
	}
	return hashes, nil
}

func grown(count int64) memory {
	var m memory
	for i := int64(0); i < count; i++ {
		hashes, err := tlog.StoredHashes(i, []byte(fmt.Sprintf("entry %d", i)), m)
		check(err)
		m = append(m, hashes...)
	}
	return m
}

func encoded(hashes []tlog.Hash) []string {
	lines := []string{}
	for _, hash := range hashes {
		lines = append(lines, hash.String())
	}
	return lines
}

func vectors() {
	const count = 70010
	m := grown(count)
	roots := map[string]string{}
	inclusion, consistency := []any{}, []any{}
	sizes := []int64{1, 2, 3, 5, 8, 255, 256, 257, 600, 65536, 65537, count}
	for _, size := range sizes {
		root, err := tlog.TreeHash(size, m)
		check(err)
		roots[strconv.FormatInt(size, 10)] = root.String()
		for _, index := range sizes {
			if index < size {
				proof, err := tlog.ProveRecord(size, index, m)
				check(err)
				inclusion = append(inclusion, map[string]any{"index": index, "size": size, "path": encoded(proof)})
			}
			if index <= size {
				proof, err := tlog.ProveTree(size, index, m)
				check(err)
				consistency = append(consistency, map[string]any{"old": index, "new": size, "path": encoded(proof)})
			}
		}
	}
	tiles := map[string]string{}
	for _, tile := range tlog.NewTiles(height, 0, count) {
		if tile.W < 256 && int64(tile.W) != (count>>(height*tile.L))%256 {
			continue // of a smaller tree
		}
		data, err := tlog.ReadTileData(tile, m)
		check(err)
		sum := sha256.Sum256(data)
		tiles[path(tile)] = hex.EncodeToString(sum[:])
	}
	seed := make([]byte, 32)
	for i := range seed {
		seed[i] = byte(i)
	}
	name := "log.example/reference"
	vkey, err := note.NewEd25519VerifierKey(name, ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
	check(err)
	hash := strings.Split(vkey, "+")[1]
	material := base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" + material)
	check(err)
	text := fmt.Sprintf("%s\n%d\n%s\n", name, count, roots[strconv.Itoa(count)])
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	check(err)
	out := map[string]any{"count": count, "roots": roots, "inclusion": inclusion, "consistency": consistency,
		"tiles": tiles, "vkey": vkey, "seed": hex.EncodeToString(seed), "note": string(signed)}
	data, err := json.Marshal(out)
	check(err)
	fmt.Println(string(data))
}

type folder string

func (f folder) Height() int                                { return height }
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), path(tile)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func verify(place, vkey string) {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	signed, err := os.ReadFile(filepath.Join(place, "checkpoint"))
	check(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, folder(place))
	computed, err := tlog.TreeHash(size, reader)
	check(err)
	if computed != root {
		log.Fatal("another root")
	}
	for index := int64(0); index < size; {
		tile := tlog.Tile{H: height, L: 0, N: index / 256, W: 256}
		if left := size - 256*tile.N; left < 256 {
			tile.W = int(left)
		}
		bundle := strings.Replace(path(tile), "tile/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(place, bundle))
		check(err)
		for len(data) > 0 {
			length := binary.BigEndian.Uint16(data)
			entry := data[2 : 2+length]
			data = data[2+length:]
			proof, err := tlog.ProveRecord(size, index, reader)
			check(err)
			check(tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(entry)))
			index++
		}
	}
	fmt.Println(size, root)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "vectors":
		vectors()
	case len(os.Args) == 4 && os.Args[1] == "verify":
		verify(os.Args[2], os.Args[3])
	default:
		log.Fatal("vectors, or verify FOLDER VKEY")
	}
}
