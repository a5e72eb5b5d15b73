// PhotoSwipe's opener for a view that opens and closes at once: its own animates from and to thumbnails.
export default class {
  isOpen = false;
  isOpening = false;
  isClosing = false;

  constructor(pswp) {
    this.pswp = pswp;
  }

  open() {
    const { pswp } = this;
    this.isOpening = true;
    pswp.currSlide?.zoomAndPanToInitial();
    pswp.applyBgOpacity(1);
    pswp.element.style.opacity = '1';
    pswp.element.classList.add('pswp--ui-visible');
    for (const told of ['openingAnimationStart', 'initialZoomIn']) pswp.dispatch(told);
    this.isOpening = false;
    this.isOpen = true;
    for (const told of ['openingAnimationEnd', 'initialZoomInEnd']) pswp.dispatch(told);
    pswp.currSlide?.applyCurrentZoomPan();
  }

  close() {
    this.isClosing = true;
    this.pswp.destroy();
  }
}
