package netsim

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/color"
	"image/png"
)

// drawFavicon returns a PNG of 16x16 points that depends only on the word: a
// symmetric pattern of two colours.
func drawFavicon(word string) []byte {
	sum := sha256.Sum256([]byte("netsim favicon " + word))
	img := image.NewPaletted(image.Rect(0, 0, 16, 16), color.Palette{
		color.RGBA{sum[0] | 0xc0, sum[1] | 0xc0, sum[2] | 0xc0, 255},
		color.RGBA{sum[3], sum[4], sum[5], 255},
	})
	for y := range 8 {
		for x := range 4 {
			if sum[6+y]>>x&1 == 1 {
				for d := range 4 {
					img.SetColorIndex(2*x+d%2, 2*y+d/2, 1)
					img.SetColorIndex(15-2*x-d%2, 2*y+d/2, 1)
				}
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return b.Bytes()
}
