/** What of the browser reads a code from a picture; not every browser has it. */
type Detector = { detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]> };
type DetectorClass = new (options: { readonly formats: readonly string[] }) => Detector;

const toDetectorClass = (): DetectorClass | null =>
  'BarcodeDetector' in globalThis ? (globalThis as unknown as { readonly BarcodeDetector: DetectorClass }).BarcodeDetector : null;

/** How often a picture is looked at: a phone stays cool, and a tag is read before the hand is steady. */
const lookMs = 200;

/** Why this page cannot read tags with the camera, in words; null when it can. */
export const toTagRefusal = (): string | null => {
  if (toDetectorClass() === null) return 'This browser cannot read tags. Enter the tag manually.';
  if (!globalThis.isSecureContext) return 'The camera needs a secure address (https). Enter the tag manually.';
  return navigator.mediaDevices === undefined ? 'Camera not available. Enter the tag manually.' : null;
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

/**
 * Shows the camera in the video and resolves with the first tag that it sees; null when the signal came first. The camera
 * is released in any case. Rejects as the browser does when nobody allows it.
 */
export const readTag = async (video: HTMLVideoElement, signal: AbortSignal): Promise<string | null> => {
  const Detector = toDetectorClass();
  if (Detector === null) return null;
  const detector = new Detector({ formats: ['qr_code'] });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const [seen] = await detector.detect(video);
      if (seen !== undefined && seen.rawValue !== '') return seen.rawValue;
      await pause(lookMs, signal);
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
};
