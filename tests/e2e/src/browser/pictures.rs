//! Pictures of pages for a person to look at: on a desk and on a phone, in light and in dark.

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Browser;
use crate::place;

/// Width and height of what shows the page.
type Size = (u32, u32);

pub(super) const DESKTOP: Size = (1280, 900);
const PHONE: Size = (390, 844);
/// A list may be very long; its pictures need not be.
const TALLEST: f64 = 2400.0;

impl Browser {
    /// Keeps four pictures of the whole page under a stable name, and fails when the page is wider than its screen.
    ///
    /// # Errors
    ///
    /// When a picture cannot be taken or kept, or the page has to be scrolled sideways.
    pub async fn pictures(&self, name: &str) -> anyhow::Result<()> {
        for (device, size) in [("phone", PHONE), ("desktop", DESKTOP)] {
            self.size(size).await?;
            for scheme in ["dark", "light"] {
                let media = json!({ "features": [
                    { "name": "prefers-color-scheme", "value": scheme },
                    { "name": "prefers-reduced-motion", "value": "reduce" },
                ] });
                self.devtools("Emulation.setEmulatedMedia", media).await?;
                self.picture(&format!("{name}-{device}-{scheme}.png"), size)
                    .await?;
            }
        }
        Ok(())
    }

    pub(super) async fn size(&self, (width, height): Size) -> anyhow::Result<()> {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await
            .map(|_| ())
    }

    /// One picture, from the top of the page to its end. It is kept even of a page that does not fit.
    async fn picture(&self, file: &str, (width, height): Size) -> anyhow::Result<()> {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await?;
        let content = &metrics["cssContentSize"];
        let needed = content["width"].as_f64().context("the page has no width")?;
        let tall = content["height"].as_f64().context("the page has no height")?;
        let clip = json!({
            "x": 0, "y": 0, "scale": 1,
            "width": needed.max(f64::from(width)), "height": tall.clamp(f64::from(height), TALLEST),
        });
        let whole = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = self.devtools("Page.captureScreenshot", whole).await?;
        let picture = STANDARD.decode(picture["data"].as_str().context("the browser takes no picture")?)?;
        let path = place::screenshots()?.join(file);
        std::fs::write(&path, picture).with_context(|| format!("cannot keep {}", path.display()))?;
        ensure!(
            needed <= f64::from(width),
            "the page is {needed} wide on a screen of {width}: {}",
            path.display()
        );
        Ok(())
    }
}
